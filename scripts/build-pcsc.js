#!/usr/bin/env node
// Builds the PC/SC binding for the Node that runs Vafa. `npm install` runs no install scripts, because they would build
// it for the system's Node, whose ABI Vafa's own Node refuses. Run it as `npm run build:pcsc` (or with node directly).
//
// Exit codes: 0 built, or built already; 1 the build failed; 3 libpcsclite's header is missing.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const node = join(modules, '.bin', 'node')
const headers = join(modules, `node-linux-${process.arch}`)
const binding = join(modules, '@pokusew', 'pcsclite')

/** The place that the binding's own binding.gyp looks in. */
const winscard = '/usr/include/PCSC/winscard.h'

/**
 * @returns {{ status: 'present' | 'built' | 'no-header' | 'failed', message: string }} what came of it, in a sentence
 */
export function buildPcsc() {
  if (!existsSync(binding)) return failed('the package nfc-pcsc is not installed: run `npm install`')
  if (loads()) return { status: 'present', message: 'the PC/SC binding is built and loads' }
  if (!existsSync(winscard)) {
    return {
      status: 'no-header',
      message: `${winscard} is missing; card readers need it. Run: apt-get install -y libpcsclite-dev build-essential python3`,
    }
  }
  if (!existsSync(headers)) return failed(`there is no ${headers}: run \`npm install\` without --omit=optional`)
  const gyp = findNodeGyp()
  if (gyp === undefined) return failed("npm's own node-gyp was not found: start this as `npm run build:pcsc`")

  const result = spawnSync(node, [gyp, 'rebuild', `--nodedir=${headers}`], {
    cwd: binding,
    // binding.gyp calls plain `node`: it must be the same one. A `nodedir` in somebody's npmrc reaches node-gyp through
    // the environment and would win over the argument.
    env: {
      ...process.env,
      npm_config_nodedir: headers,
      npm_package_config_node_gyp_nodedir: headers,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    },
    encoding: 'utf8',
  })
  if (result.status !== 0) {
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trimEnd().split('\n').slice(-25).join('\n')
    return failed(`node-gyp failed (a compiler is needed: apt-get install -y build-essential python3):\n${output}`)
  }
  return loads()
    ? { status: 'built', message: 'built the PC/SC binding' }
    : failed('the PC/SC binding was built but does not load: is libpcsclite1 installed?')
}

const failed = (message) => ({ status: 'failed', message })

/** In a child, because a binding of another ABI may do worse than throw. */
const loads = () => spawnSync(node, ['-e', "require('@pokusew/pcsclite')"], { cwd: root, stdio: 'ignore' }).status === 0

function findNodeGyp() {
  const inside = (npm) => join(npm, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
  const running = process.env.npm_execpath ? [inside(dirname(dirname(process.env.npm_execpath)))] : []
  const found = running.find(existsSync)
  if (found !== undefined) return found
  const global = spawnSync('npm', ['root', '-g'], { encoding: 'utf8' }).stdout?.trim()
  if (!global) return undefined
  const candidate = inside(join(global, 'npm'))
  if (existsSync(candidate)) return candidate
  // Debian's npm keeps node-gyp beside itself.
  try {
    return createRequire(join(global, 'npm', 'package.json')).resolve('node-gyp/bin/node-gyp.js')
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { status, message } = buildPcsc()
  const well = status === 'present' || status === 'built'
  const out = well ? process.stdout : process.stderr
  out.write(`${message}\n`)
  process.exitCode = well ? 0 : status === 'no-header' ? 3 : 1
}
