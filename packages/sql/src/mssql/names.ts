import { fitName } from "../naming.ts";

/** The longest name SQL Server keeps is of 128 characters. */
export const fit = (name: string): string => fitName(name, 128);

export const quote = (name: string): string => `[${name.replaceAll("]", "]]")}]`;

/** A string as a literal. */
export const literal = (text: string): string => `N'${text.replaceAll("'", "''")}'`;
