#!/usr/bin/env node
// The one entry point. It stays JavaScript: an older Node can read it, and so can say what is wrong;
// it cannot load a .ts file, and better-sqlite3 would crash it without a word.
const major = Number.parseInt(process.versions.node, 10)
if (major < 24) {
  process.stderr.write(
    `vafa: needs Node 24 or newer, this is ${process.versions.node}. Use \`npx vafa …\` or \`npm start\` in the project's folder: they run the Node 24 that npm install put into node_modules.\n`,
  )
  process.exit(2)
}
const { enableCompileCache } = await import('node:module')
enableCompileCache()
await import('./main.ts')
