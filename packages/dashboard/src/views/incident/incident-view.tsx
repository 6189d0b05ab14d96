export function IncidentView() {
  return <h1>Incident</h1>;
}
