import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npm run dev` shows the Studio of a server that listens on its usual port; STOWAGE_SERVER names another. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: "dist/app", emptyOutDir: true, target: "es2023", reportCompressedSize: false },
  server: { proxy: { "/api": process.env.STOWAGE_SERVER ?? "http://127.0.0.1:4111" } },
});
