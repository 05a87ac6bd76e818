import { getDocumentSize, type Value } from "convex/values";

const mebibyte = 1024 * 1024;
/** A function may read 16 MiB. The rest is for what is read without asking, by those who replace and remove. */
const hardBytes = 15 * mebibyte;
/** What a query reads before it leaves the rest to the next: it takes as much time, and its answer as much memory. */
const softBytes = 8 * mebibyte;
/** A function may look at 32,000 documents and make 4,096 look-ups; it may compute for a second. */
const softDocuments = 16_000;
const softLookUps = 3_800;

/** What a function has read so far, and what it still may. */
export class Meter {
  private bytes = 0;
  private documents = 0;
  private lookUps = 0;

  /** Whether a query had better leave the rest to another. */
  get isSpent(): boolean {
    return this.bytes >= softBytes || this.documents >= softDocuments || this.lookUps >= softLookUps;
  }

  /** Documents that may be fetched together, whatever their sizes: each has at most 1 MiB. */
  get atOnce(): number {
    return Math.max(1, Math.floor((hardBytes - this.bytes) / mebibyte));
  }

  admits(bytes: number): boolean {
    return this.bytes + bytes <= hardBytes;
  }

  /** One that was looked up, found or not, or came along a walk. */
  sawOne(document: Record<string, Value | undefined> | null, wasLookedUp = true): void {
    if (wasLookedUp) this.lookUps++;
    if (!document) return;
    this.documents++;
    this.bytes += getDocumentSize(document as never);
  }

  /** What replacing or removing reads. */
  saw(bytes: number): void {
    this.bytes += bytes;
  }
}
