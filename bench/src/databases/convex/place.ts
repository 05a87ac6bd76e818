/** What both stores are opened with. */
export function placeOf(place: string): { readonly deploymentUrl: string; readonly adminAuthToken: string } {
  const { username, origin, pathname } = new URL(place);
  return { deploymentUrl: origin + pathname, adminAuthToken: username };
}
