/** How the Studio reaches its server. */
export interface Connection {
  /** Before every path, such as `/api`, or a whole address. */
  prefix: string;
  /** Bearer token; empty for a server without authentication. */
  token: string;
  /** Further headers of every request. */
  headers: Record<string, string>;
  /** Whether the token outlives the browser's session. */
  isRemembered: boolean;
}

const key = "stowage.connection";
const initial: Connection = { prefix: "/api", token: "", headers: {}, isRemembered: false };

function read(): Connection {
  try {
    const text = sessionStorage.getItem(key) ?? localStorage.getItem(key);
    return { ...initial, ...(text && (JSON.parse(text) as Partial<Connection>)) };
  } catch {
    return initial;
  }
}

let current = read();

export const connection = (): Connection => current;

/** Takes effect with the next request. */
export function setConnection(next: Connection): void {
  current = next;
  const [keeper, other] = next.isRemembered ? [localStorage, sessionStorage] : [sessionStorage, localStorage];
  other.removeItem(key);
  keeper.setItem(key, JSON.stringify(next));
}
