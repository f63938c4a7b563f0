/**
 * Fault injection for crash tests: where the environment says `VAFA_CRASH_AT=NAME`, the process kills itself with
 * SIGKILL the first time it reaches `crashPoint(NAME)`, as a power cut would. Without it this does nothing.
 */
const crashAt = process.env.VAFA_CRASH_AT

export function crashPoint(
  name: 'gateway.after-commit' | 'gateway.on-hold' | 'club.after-commit' | 'club.token-keys-written' | 'agent.after-commit',
): void {
  if (crashAt === name) process.kill(process.pid, 'SIGKILL')
}
