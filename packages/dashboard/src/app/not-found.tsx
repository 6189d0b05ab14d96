export function NotFound() {
  return (
    <article>
      <h1>There is no such page</h1>
      <p>
        The address may be of a newer version. <a href="/">See what is happening now</a>.
      </p>
    </article>
  );
}
