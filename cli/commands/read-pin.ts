import { createInterface } from 'node:readline'

/** A PIN from the first line of what is typed or piped in. */
export async function readPin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('PIN (4 to 12 digits): ')
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) {
    lines.close()
    return line.trim()
  }
  return ''
}
