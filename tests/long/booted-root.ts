import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** A root whose own systemd runs as the first process. */
export interface BootedRoot {
  /** Runs a command line there, as root; returns what it printed. */
  run(line: string): string
  close(): Promise<void>
}

const script = join(import.meta.dirname, 'boot-root.sh')

/** Boots a root (`makeCleanRoot`) in namespaces of its own; resolves when systemd says that it runs. Needs root and cgroup2. */
export async function bootRoot(root: string): Promise<BootedRoot> {
  const cgroup = join(cgroup2(), `vafa-verify-${process.pid}`)
  mkdirSync(cgroup, { recursive: true })
  const spaces = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--net', '--fork', '--kill-child']
  const child = spawn('sh', ['-c', `echo $$ > ${cgroup}/cgroup.procs; exec unshare ${spaces.join(' ')} sh ${script} ${root}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const close = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.signalCode === null) {
      // With the first process of its namespace all others end; unshare then ends too.
      const [first] = childrenOf(child)
      process.kill(first ?? child.pid ?? 0, 'SIGKILL')
      await ended
    }
    removeGroup(cgroup)
  }
  try {
    const first = () => childrenOf(child)[0]
    const enter = (line: string) => {
      const pid = first()
      if (pid === undefined) return undefined
      const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }
      return spawnSync('nsenter', ['-t', String(pid), '-a', '--', 'sh', '-c', `cd /root && ${line}`], { encoding: 'utf8', env })
    }
    const end = performance.now() + 120_000
    for (let state = ''; state !== 'running'; ) {
      if (performance.now() > end || child.exitCode !== null) throw new Error(`systemd does not run: ${state}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
      state = enter('systemctl is-system-running')?.stdout.trim() ?? ''
    }
    return {
      run(line) {
        process.stderr.write(`# ${line}\n`)
        const done = enter(line)
        if (done?.status !== 0) throw new Error(`“${line}” ended with ${done?.status}:\n${done?.stdout}${done?.stderr}`)
        return done.stdout
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const childrenOf = ({ pid }: ChildProcess): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Where this machine has its cgroups of version 2. */
function cgroup2(): string {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((one) => one.includes(' - cgroup2 '))
  const place = line?.split(' ')[4]
  if (place === undefined) throw new Error('this machine has no cgroup2, which systemd needs')
  return place
}

function removeGroup(folder: string): void {
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory()))
    removeGroup(join(folder, name))
  try {
    rmdirSync(folder)
  } catch {
    // Somebody in it is still on the way out: an empty group is left, and is gone at the machine's next start.
  }
}
