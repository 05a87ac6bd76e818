import { type RunImage, sizeOf } from "./image.ts";

/** Characters of JSON that one store keeps; in memory a few times as many bytes at worst. */
const budget = 8_000_000;

/**
 * The images of the runs in use, the least recently used given up first. An image is never trusted: a write expects the
 * revision it rests on, and a read compares it with the header.
 */
export class ImageCache {
  readonly #images = new Map<string, { image: RunImage; size: number }>();
  #size = 0;

  get(id: string): RunImage | undefined {
    const entry = this.#images.get(id);
    if (!entry) return undefined;
    this.#images.delete(id);
    this.#images.set(id, entry);
    return entry.image;
  }

  /** Keeps an image, unless a later one of the run is here. */
  put(id: string, image: RunImage): void {
    const held = this.#images.get(id)?.image;
    if (held && held.header._rev > image.header._rev) return;
    this.drop(id);
    const size = sizeOf(image);
    if (size > budget) return;
    this.#images.set(id, { image, size });
    this.#size += size;
    for (const oldest of this.#images.keys()) {
      if (this.#size <= budget) break;
      this.drop(oldest);
    }
  }

  drop(id: string): void {
    this.#size -= this.#images.get(id)?.size ?? 0;
    this.#images.delete(id);
  }

  clear(): void {
    this.#images.clear();
    this.#size = 0;
  }
}
