/** The server and the database that a connection string names. */
export function placeOf(place: string): { uri: string; dbName: string } {
  const url = new URL(place);
  return { uri: place, dbName: url.pathname.slice(1) };
}
