import { engineSuite, modelSuite } from "@stowage/testkit";
import { mysqlHarness } from "./harness.ts";
import { onMariadb } from "./server.ts";

// What a server is set to has no say in what comes back. Each of these modes would make something else of the statements of
// somebody who did not think of it: blanks, backslashes, quotes, the empty text, the order of assignments, a time, an order.
const modes = [
  "NO_BACKSLASH_ESCAPES",
  "ANSI_QUOTES",
  "PIPES_AS_CONCAT",
  "EMPTY_STRING_IS_NULL",
  "SIMULTANEOUS_ASSIGNMENT",
  "HIGH_NOT_PRECEDENCE",
  "ONLY_FULL_GROUP_BY",
  "NO_UNSIGNED_SUBTRACTION",
];

onMariadb(
  (server) => {
    engineSuite("mysql under odd settings", mysqlHarness(server));
    modelSuite("mysql under odd settings", mysqlHarness(server));
  },
  {
    "sql-mode": modes.join(","),
    "default-time-zone": "+05:30",
    "character-set-server": "latin1",
    "collation-server": "latin1_swedish_ci",
    "transaction-isolation": "SERIALIZABLE",
    "div-precision-increment": 0,
    "explicit-defaults-for-timestamp": 0,
  },
);

onMariadb(
  (server) => {
    engineSuite("mysql that is not strict", mysqlHarness(server, {}, { forceDerived: true }));
  },
  { "sql-mode": "", autocommit: 1 },
);
