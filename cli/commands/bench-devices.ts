import type { DeviceFigure } from '../bench/devices/figures.ts'
import { deviceParts } from '../bench/devices/parts.ts'

/** `vafa bench devices`: what codecs cost, and devices at once against one box. */
export async function printDevices({ sales, json }: { sales?: number; json?: boolean }): Promise<void> {
  const figures: DeviceFigure[] = []
  for (const part of deviceParts) figures.push(...(await part.measure({ count: sales ?? 2_000 })))
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : report(figures))
}

const column = (value: number | undefined, digits = 2): string => (value?.toFixed(digits) ?? '–').padStart(9)

function report(figures: readonly DeviceFigure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length)) + 2
  const rows = <Kind extends DeviceFigure['kind']>(kind: Kind, write: (one: Extract<DeviceFigure, { kind: Kind }>) => string) =>
    figures.flatMap((one) =>
      one.kind === kind ? [one.name.padEnd(width) + write(one as Extract<DeviceFigure, { kind: Kind }>)] : [],
    )
  const head = (title: string, ...columns: string[]) => title.padEnd(width) + columns.map((c) => c.padStart(9)).join('')
  const sections = [
    [
      head('a message', 'bytes', 'write µs', 'read µs'),
      ...rows('codec', (f) => column(f.bytes, 0) + column(f.writeUs) + column(f.readUs)),
    ],
    [
      head('milliseconds until the answer', 'p50', 'p99', 'max', 'a second', 'box CPU'),
      ...rows(
        'load',
        (f) => column(f.ms.p50) + column(f.ms.p99) + column(f.ms.max) + column(f.perSecond, 0) + column(f.boxCpuMs),
      ),
    ],
    [
      head('milliseconds added', 'p50', 'p99', 'max'),
      ...rows('added', (f) => column(f.ms.p50) + column(f.ms.p99) + column(f.ms.max)),
    ],
    [head('the box', 'ready ms', 'idle MB'), ...rows('box', (f) => column(f.readyMs, 0) + column(f.pss / 1e6, 0))],
  ]
  return `${sections
    .filter((lines) => lines.length > 1)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}
