import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { blocksOf } from './blocks.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Ports that the guides name, or that `vafa init` writes. */
const knownPorts = [1883, 8883, 8884, 8885, 5432, 4400, 4401, 4402, 4403, 4404, 8080, 8088]
const portsOf = new RegExp(`(?<![\\d.])(?:${knownPorts.join('|')})(?![\\d.])`, 'g')

/** Somebody who does what guides say, in a folder that stands for /var/lib/vafa. */
export interface Follower {
  /** Does all of one guide; rejects with the guide, the line and what was printed where something of it does not work. */
  follow(guide: string): Promise<void>
  /** Lines that need Debian or systemd, and were only looked at. */
  readonly onlyChecked: readonly string[]
  close(): Promise<void>
}

/** `ports`: where something listens already that the guides know by another number. `env`: of all commands. */
export async function startFollowing(options: {
  folder: string
  ports?: Record<number, number>
  env?: Record<string, string>
}): Promise<Follower> {
  const folder = join(options.folder, 'vafa')
  const bin = join(options.folder, 'bin')
  for (const one of [folder, bin]) mkdirSync(one)
  writeFileSync(join(bin, 'vafa'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'cli/vafa.js')}' "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, ...options.env, PATH: `${bin}:${process.env.PATH}` }
  const ports = new Map<string, number>()
  for (const port of knownPorts) ports.set(String(port), options.ports?.[port] ?? (await freePort()))
  const daemons = new Map<string, WatchedProcess>()
  const onlyChecked: string[] = []
  let printed = ''
  let code = ''
  let receipt = ''

  const here = (text: string) =>
    text
      .replaceAll('runuser -u vafa -- ', '')
      .replaceAll('/var/lib/vafa', folder)
      .replace(/club\.example\.ir|0\.0\.0\.0/g, '127.0.0.1')
      .replace(/\bCODE\b/g, code)
      .replace(/\bRECEIPT\b/g, receipt)
      .replace(portsOf, (port) => String(ports.get(port) ?? port))

  /** What a command has written names the usual ports. */
  const moveFiles = () => {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))) {
      const text = readFileSync(join(folder, file), 'utf8')
      const moved = text.replace(portsOf, (port) => String(ports.get(port) ?? port))
      if (moved !== text) writeFileSync(join(folder, file), moved)
    }
  }

  const command = async (line: string) => {
    const { stdout, stderr } = await run('/bin/sh', ['-eu', '-c', here(line)], { env, cwd: folder, timeout: 60_000 })
    printed = `${stdout}${stderr}`
    code = /\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){5}\b/.exec(stdout)?.[0] ?? code
    receipt = /(?<![-A-Z0-9])[A-Z0-9]{5}-[A-Z0-9]{5}(?![-A-Z0-9])/.exec(stdout)?.[0] ?? receipt
    moveFiles()
  }

  const daemon = async (verb: string, unit: string) => {
    if (verb !== 'start') await daemons.get(unit)?.stop()
    if (verb === 'stop') return
    const [, words = ''] = /^ExecStart=\S+ \/opt\/vafa\/cli\/vafa\.js (.+)$/m.exec(read(`systemd/${unit}.service`)) ?? []
    const started = startVafa(here(words).split(' '))
    daemons.set(unit, started)
    await started.line(/^ready:/, 60_000)
    // What the guide does next, does need the line.
    if (unit === 'vafa-gateway') await started.line(/the club answers/, 60_000)
  }

  /** Of each form that a line for Debian or systemd may have: whether what it names is there, and what is acted out. */
  const forms: [RegExp, (...parts: string[]) => Promise<unknown> | boolean][] = [
    [/^apt install \.\/vafa_\d+\.\d+\.\d+_(?:amd64|arm64)\.deb$/, () => true],
    [/^apt install ([a-z0-9-]+)$/, (name) => read('scripts/debian-packages.js').includes(`name: '${name}'`)],
    [/^systemctl daemon-reload$/, () => true],
    [
      /^systemctl (?:enable --now )?(start|restart|stop)? ?(vafa-(?:club|gateway))$/,
      (verb, unit = '') => daemon(verb || 'start', unit),
    ],
    [/^systemctl (?:status|restart|enable --now) ([a-z-]+)(?:\.path)?$/, isUnit],
    [/^journalctl -u ([a-z-]+) --since -\d+h$/, isUnit],
    [/^chown -R vafa:mosquitto (\S+)$/, (path = '') => existsSync(here(path))],
    [/^cp -r (\S+) \/etc\/systemd\/system\/$/, (path = '') => existsSync(here(path))],
  ]
  function isUnit(unit = ''): boolean {
    const written = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
    return (
      unit === 'mosquitto' ||
      existsSync(join(root, 'systemd', `${unit}.service`)) ||
      written.some((one) => one.includes(`systemd/${unit}.`))
    )
  }
  const system = async (line: string) => {
    for (const [form, act] of forms) {
      const [whole, ...parts] = form.exec(line) ?? []
      if (whole === undefined) continue
      const result = await act(...parts)
      if (result === false) throw new Error('it names what is not there')
      if (result === true) onlyChecked.push(line)
      return
    }
    throw new Error('no form that the test knows')
  }

  const set = (file: string, text: string) => {
    const path = here(file)
    const before = parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    writeFileSync(path, stringify({ ...before, ...(parse(here(text)) as Record<string, unknown>) }))
  }

  const shown = (text: string) => {
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const form = here(line)
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')
      if (!new RegExp(form, 'm').test(printed)) throw new Error(`“${line}” was not printed, but:\n${printed}`)
    }
  }

  return {
    onlyChecked,
    async follow(guide) {
      for (const { words, text, line } of blocksOf(read(`docs/guides/${guide}`))) {
        const [language = '', how = '', file = ''] = words
        const lines = text.split('\n').filter((one) => one.trim() !== '')
        try {
          if (language === 'sh' && how === 'run') for (const one of lines) await command(one)
          else if (language === 'sh' && how === 'system') for (const one of lines) await system(one)
          else if (language === 'yaml' && how === 'set') set(file, text)
          else if (language === 'text') shown(text)
          else throw new Error(`nobody knows how to do “${words.join(' ')}”`)
        } catch (error) {
          const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
          const logs = [...daemons].map(([unit, one]) => `${unit}: ${one.output().slice(-1_500)}`).join('\n')
          throw new Error(`docs/guides/${guide}, block of line ${line}:\n${text}\n${error}\n${stdout}${stderr}\n${logs}`)
        }
      }
    },
    async close() {
      for (const one of [...daemons.values()].reverse()) await one.stop()
    },
  }
}
