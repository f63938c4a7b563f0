import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian's package tools, for the one package that is Vafa. */
export interface PackageTool {
  architecture(): Promise<string>
  /** Undefined where it is not installed, or only half. */
  installed(): Promise<string | undefined>
  /** Of a file: what it says of itself. */
  describe(file: string): Promise<{ name: string; version: string; architecture: string }>
  /** What is installed takes so many bytes; 0 where nobody said. */
  size(): Promise<number>
  install(file: string): Promise<void>
  /** Packs what is installed again, as it lies there, into `file`. */
  pack(file: string): Promise<void>
}

const longestMs = 15 * 60_000
const text = { encoding: 'utf8', maxBuffer: 64_000_000, timeout: longestMs } as const

/** `dpkgOptions`: such as `--root=/somewhere`, where the package does not lie in this machine's own root. */
export function debianPackages({ name, dpkgOptions }: { name: string; dpkgOptions: readonly string[] }): PackageTool {
  const root = dpkgOptions.find((one) => one.startsWith('--root='))?.slice('--root='.length) ?? '/'
  const rooted = root === '/' ? [] : [`--root=${root}`]
  const query = async (...args: string[]) => (await run('dpkg-query', [...rooted, ...args], text)).stdout
  return {
    architecture: async () => (await run('dpkg', ['--print-architecture'], text)).stdout.trim(),
    async installed() {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
      const said = await query('--show', '--showformat=${db:Status-Status} ${Version}', name).catch(() => '')
      const [status, version] = said.split(' ')
      return status === 'installed' ? version : undefined
    },
    async size() {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
      return Number(await query('--show', '--showformat=${Installed-Size}', name).catch(() => '0')) * 1_024
    },
    async describe(file) {
      const { stdout } = await run('dpkg-deb', ['--field', file, 'Package', 'Version', 'Architecture'], text)
      const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
      return { name: field('Package'), version: field('Version'), architecture: field('Architecture') }
    },
    async install(file) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
      // What an interrupted run left behind comes first.
      await run('dpkg', [...dpkgOptions, '--configure', '-a'], { ...text, env }).catch(() => {})
      await run('dpkg', [...dpkgOptions, '--force-confold', '--force-downgrade', '--install', file], { ...text, env })
    },
    async pack(file) {
      const tree = `${file}.tree`
      rmSync(tree, { recursive: true, force: true })
      mkdirSync(join(tree, 'DEBIAN'), { recursive: true, mode: 0o755 })
      // As dpkg-repack does: the files by dpkg's list, the rest by its database.
      const paths = (await query('--listfiles', name)).split('\n').filter((path) => path.startsWith('/') && path !== '/.')
      const list = `${file}.list`
      writeFileSync(list, paths.map((path) => `.${path}\0`).join(''))
      await run(
        'sh',
        ['-c', 'tar -C "$1" --no-recursion --null -T "$2" -cf - | tar -C "$3" -xpf -', 'sh', root, list, tree],
        text,
      )
      const status = await query('--status', name)
      writeFileSync(join(tree, 'DEBIAN/control'), controlOf(status))
      for (const one of (await query('--control-list', name)).split('\n').filter((word) => word !== '' && word !== 'conffiles'))
        writeFileSync(join(tree, 'DEBIAN', one), await query('--control-show', name, one), { mode: 0o755 })
      mkdirSync(dirname(file), { recursive: true })
      await run('dpkg-deb', ['-Znone', '--build', tree, file], text)
      rmSync(tree, { recursive: true })
      rmSync(list)
    },
  }
}

/** What dpkg's status has beyond a package's own control file. */
const ownOfStatus = /^(?:Status|Conffiles|Config-Version):/

function controlOf(status: string): string {
  const fields = status.trimEnd().split(/\n(?! )/)
  return `${fields.filter((field) => !ownOfStatus.test(field)).join('\n')}\n`
}

/** For messages: the last words of a program that failed. */
export function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  return (stderr?.trim() || message || String(error)).split('\n').slice(-3).join('; ').slice(-600)
}
