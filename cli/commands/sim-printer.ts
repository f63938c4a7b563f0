import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paperPng } from '#simulators/printer/paper-png.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { askLeaveAt } from '../sim/leave.ts'

/** `vafa sim printer`: a network printer whose paper is PNG files; stays until it is stopped. */
export async function printer(options: { port: number; width: string; out: string }): Promise<void> {
  // A real one's place: what it prints would be no customer's any more.
  await askLeaveAt({ port: options.port }, ['printer-escpos', 'till-print'], {})
  const width = Number(options.width)
  mkdirSync(options.out, { recursive: true })
  let printed = 0
  const virtual = await startVirtualPrinter({
    port: options.port,
    width,
    onJob(job) {
      printed += 1
      const file = join(options.out, `job-${String(printed).padStart(3, '0')}.png`)
      writeFileSync(file, paperPng(job, { width }))
      const text = job.text.length > 0 ? `\n${job.text.join('\n')}` : ''
      process.stdout.write(
        `${file}: ${job.bands.length} pictures, cut ${job.cut}${job.complete ? '' : ', not complete'}${text}\n`,
      )
    },
  })
  process.stdout.write(`a printer of ${width} dots on 127.0.0.1:${virtual.port}; Ctrl-C takes it away\n`)
}
