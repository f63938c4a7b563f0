import { readFileSync } from 'node:fs'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { startPaperTill } from '#simulators/paper-till/paper-till.ts'
import { cutBytes, type ReceiptStyle, receiptBytes } from '#simulators/paper-till/receipts.ts'
import { askLeaveAt } from '../sim/leave.ts'

export interface PrintOptions {
  to: { host: string; port: number }
  number: string
  amount: number
  style: ReceiptStyle
  config?: string
}

/** `vafa sim print [FILE]`: a till of which nothing is known but what it prints; without a capture, a receipt of its own. */
export async function print(file: string | undefined, { to, number, amount, style, config }: PrintOptions): Promise<void> {
  await askLeaveAt(to, ['till-print'], { config })
  const bytes =
    file === undefined
      ? Buffer.concat([receiptBytes({ number, items: [{ name: 'قهوه', quantity: 1, amount }] }, style), cutBytes.plain])
      : readCapture(file)
  const till = await startPaperTill({ tcp: to })
  await till.print(bytes)
  await till.close()
  process.stdout.write(`${bytes.length} bytes were printed on ${to.host}:${to.port}\n`)
}

function readCapture(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new VafaError({
      key: 'capture.unreadable',
      message: `cannot read ${file}: ${codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)}`,
      hint: 'make one with `vafa sim capture FILE --listen 9100`',
      cause,
    })
  }
}
