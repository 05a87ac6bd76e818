import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineTable, get, insert, text } from "@stowage/core/engine";
import { mysqlEngine } from "@stowage/mysql";
import type mysql from "mysql2/promise";
import { afterAll, describe, expect, test } from "vitest";
import { freshDatabase, onMariadb } from "./server.ts";

const notes = defineTable("notes", { id: text() }, { key: ["id"] });

/** A key and a certificate that it signs itself, for 127.0.0.1. */
function selfSigned(): { folder: string; ca: string } {
  const folder = mkdtempSync(join(tmpdir(), "stowage-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
  for (const path of [folder, key, cert]) chmodSync(path, 0o755);
  return { folder, ca: readFileSync(cert, "utf8") };
}

describe("over TLS", () => {
  const { folder, ca } = selfSigned();
  afterAll(() => rmSync(folder, { recursive: true }));

  onMariadb(
    (server) => {
      const place = async () => ({
        ...{ host: "localhost", port: server().port, user: "stowage" },
        database: await freshDatabase(server()),
      });

      test("a certificate that is given is trusted, and the session is encrypted", async () => {
        const engine = mysqlEngine({ ...(await place()), ssl: { ca } });
        await engine.converge([notes]);
        await engine.write([insert(notes, { id: "a" })]);
        const [{ rows }] = await engine.read([get(notes, [["a"]])]);
        expect(rows).toHaveLength(1);
        const pool = engine.pool as unknown as { promise(): mysql.Pool };
        const [[cipher]] = (await pool.promise().query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")) as never as [
          [{ Value: string }],
        ];
        expect(cipher.Value).not.toBe("");
        await engine.close();
      });

      test("a certificate that nobody vouches for ends it, once and for all", async () => {
        const engine = mysqlEngine({ ...(await place()), ssl: true });
        await expect(engine.converge([notes])).rejects.toMatchObject({
          code: "unavailable",
          retry: "permanent",
          message: "no secure connection to the database could be made",
        });
        await engine.close();
      });

      test("an unknown certificate is taken where that is asked for", async () => {
        const engine = mysqlEngine({ ...(await place()), ssl: { rejectUnauthorized: false } });
        await engine.converge([notes]);
        await engine.close();
      });
    },
    { "ssl-cert": join(folder, "cert.pem"), "ssl-key": join(folder, "key.pem") },
  );
});
