import type { KVBinding } from "@stowage/cloudflare/kv";

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly metadata?: unknown;
}

const answer = (result: unknown, info?: object) =>
  Response.json({ success: true, errors: [], result, ...(info && { result_info: info }) });

/** One namespace as Cloudflare's documentation describes the answers of its REST interface. */
export async function restFront(namespace: KVBinding, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const what = /\/namespaces(?:\/[^/]+\/(.*))?$/.exec(pathname)?.[1];
  switch (what) {
    case undefined:
      return answer([{ id: "namespace", title: "stowage" }], { page: 1, total_pages: 1 });
    case "bulk/get": {
      const { keys } = (await request.json()) as { keys: string[] };
      return answer({ values: Object.fromEntries(await namespace.get(keys, "text")) });
    }
    case "bulk": {
      const pairs = (await request.json()) as Pair[];
      await Promise.all(pairs.map(({ key, value, metadata }) => namespace.put(key, value, { metadata })));
      return answer({ successful_key_count: pairs.length });
    }
    case "bulk/delete": {
      const keys = (await request.json()) as string[];
      await Promise.all(keys.map((key) => namespace.delete(key)));
      return answer({ successful_key_count: keys.length });
    }
    case "keys": {
      const cursor = searchParams.get("cursor");
      const listed = await namespace.list({
        prefix: searchParams.get("prefix") ?? "",
        limit: Number(searchParams.get("limit")),
        ...(cursor !== null && { cursor }),
      });
      return answer(listed.keys, { count: listed.keys.length, cursor: listed.cursor ?? "" });
    }
    default:
      return Response.json({ success: false, errors: [{ message: "no such path" }] }, { status: 404 });
  }
}
