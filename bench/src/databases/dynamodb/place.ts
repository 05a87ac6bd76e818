/** The table that the path of an address names. */
export function placeOf(place: string) {
  const { origin, pathname } = new URL(place);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return { endpoint: origin, region: "us-east-1", credentials, tableName: pathname.slice(1) };
}
