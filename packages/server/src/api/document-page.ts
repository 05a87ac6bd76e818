export interface ApiDocument {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  summary?: string;
  tags?: string[];
  "x-scope"?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: object;
}

/** The document as a page to read, without scripts. */
export function documentPage({ info, paths }: ApiDocument): string {
  const areas = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const area = operation.tags?.[0] ?? "";
      areas.set(area, [...(areas.get(area) ?? []), rowOf(method, path, operation)]);
    }
  }
  const tables = [...areas].sort().map(
    ([area, rows]) => `<h2 id="${escaped(area)}">${escaped(area)}</h2>
<table><thead><tr><th>Route</th><th>What it does</th><th>Parameters</th><th>Scope</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`,
  );
  const contents = [...areas.keys()].sort().map((area) => `<a href="#${escaped(area)}">${escaped(area)}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(info.title)}</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head>
<body><h1>${escaped(info.title)} ${escaped(info.version)}</h1>
<p>For programs: <a href="openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
<nav>${contents.join(" ")}</nav>
${tables.join("\n")}</body></html>`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}code{font-size:.9em}`;

function rowOf(method: string, path: string, { summary = "", parameters = [], ...operation }: Operation): string {
  const names = parameters
    .filter((one) => one.in === "query")
    .map(({ name, required }) => name + (required ? "*" : ""));
  if (operation.requestBody) names.push("(body)");
  const route = `<code>${method.toUpperCase()} ${escaped(path)}</code>`;
  return `<tr><td>${route}</td><td>${escaped(summary)}</td><td>${escaped(names.join(", "))}</td><td><code>${escaped(operation["x-scope"] ?? "")}</code></td></tr>`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => entities[sign] as string);
