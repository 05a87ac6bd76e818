import { createHash } from "node:crypto";
import { codeOf } from "./errors.ts";

/** Most statements that a connection keeps, first come, first served. */
const mostKept = 300;
/** Most texts that a store remembers. */
const mostTexts = 2000;
/** Tells our names from those that another copy of this module gives on the same connections. */
const prefix = `stowage_${crypto.randomUUID().slice(0, 8)}_`;

/** What a connection is known to keep. */
interface Session {
  /** Names under which a statement is prepared. */
  readonly ready: Set<string>;
  /** Names that are prepared or not: a request ended in between. */
  readonly doubtful: Set<string>;
  /** Whether the server at the other end stays the same; `undefined` until it was asked. */
  isDirect: boolean | undefined;
}

/** How a statement is to be sent. */
export interface Naming {
  /** Empty for one that is not kept. */
  readonly name: string;
  readonly mustParse: boolean;
  /** Whether something of that name may be there. */
  readonly mustClose: boolean;
}

/** Of all stores: they may share a pool. */
const sessions = new WeakMap<object, Session>();

const unnamed: Naming = { name: "", mustParse: true, mustClose: false };

/**
 * Which statements connections keep prepared. Behind a pooler that gives each transaction another server they would be looked
 * for on the wrong one. Such a pooler shows: the process that the server says it is, is not the one that the connection was
 * told of when it was opened. So by default statements are kept on connections where the two are the same.
 */
export class PreparedStatements {
  private readonly isForced: boolean;
  private isOff: boolean;
  /** The name of each text that came more than once; an empty one until then. */
  private readonly names = new Map<string, string>();

  /** @param wanted - On every connection or on none. Default: where the connection goes straight to a server. */
  constructor(wanted: boolean | undefined) {
    this.isForced = wanted === true;
    this.isOff = wanted === false;
  }

  /** Whether the connection's server should be asked which process it is. `anyway`: not for prepared statements alone. */
  asks(connection: object, anyway: boolean): boolean {
    const isOpen = !this.isOff && !this.isForced;
    return (isOpen || anyway) && sessionOf(connection).isDirect === undefined;
  }

  /** Whether the connection is known to go straight to a server. */
  isDirect(connection: object): boolean {
    return sessionOf(connection).isDirect === true;
  }

  /** Takes the server's answer, and tells it. */
  learn(client: { readonly connection: object; readonly processID?: unknown }, process: unknown): boolean {
    const isDirect = process === client.processID;
    sessionOf(client.connection).isDirect = isDirect;
    return isDirect;
  }

  namingOf(connection: object, text: string): Naming {
    const session = sessionOf(connection);
    if (this.isOff || !(this.isForced || session.isDirect)) return unnamed;
    const name = this.nameOf(text);
    const { ready, doubtful } = session;
    if (!name || (ready.size + doubtful.size >= mostKept && !ready.has(name) && !doubtful.has(name))) return unnamed;
    return { name, mustParse: !ready.has(name), mustClose: doubtful.has(name) };
  }

  /** A request with these names has ended. */
  ended(connection: object, names: Iterable<string>, error?: unknown): void {
    const { ready, doubtful } = sessionOf(connection);
    for (const name of names) {
      (error === undefined ? doubtful : ready).delete(name);
      (error === undefined ? ready : doubtful).add(name);
    }
    if (isMixUp(error)) this.isOff = true;
  }

  /** The same in every store, from the second time on that the text comes: one that comes once is not worth it. */
  private nameOf(text: string): string {
    const known = this.names.get(text);
    if (known) return known;
    if (known === undefined && this.names.size >= mostTexts) return "";
    const name = known === undefined ? "" : prefix + createHash("sha256").update(text).digest("base64url");
    this.names.set(text, name);
    return name;
  }
}

function sessionOf(connection: object): Session {
  let session = sessions.get(connection);
  if (!session) sessions.set(connection, (session = { ready: new Set(), doubtful: new Set(), isDirect: undefined }));
  return session;
}

/** Somebody else has removed or made prepared statements on our sessions, or they are not ours alone. */
const isMixUp = (error: unknown) => ["26000", "42P05"].includes(codeOf(error));
