/** What both stores are opened with. */
export function placeOf(place: string): { readonly url: string; readonly token: string } {
  const { username, origin, pathname } = new URL(place);
  return { url: origin + pathname, token: username };
}
