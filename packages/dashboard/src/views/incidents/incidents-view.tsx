export function IncidentsView() {
  return <h1>Incidents</h1>;
}
