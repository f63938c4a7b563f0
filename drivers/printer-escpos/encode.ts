import escpos from 'escpos'
import type { Bitmap } from '#protocol/bitmap.ts'
import { VafaError } from '#runtime/errors.ts'
import type { PrintJob } from '../contract.ts'
import { enableAutomaticStatus } from './commands.ts'
import { encodeLines, type Letters, plainLetters } from './letters.ts'
import { tearLines } from './paper-ends.ts'

/** Small printers hold about this many rows of 576 dots in one command; Epson's own limit is 2,303. */
export const maxRasterRows = 200

/** Feeds to the cutter and cuts: `GS V 65 0` full, `GS V 66 0` partial. escpos' own `cut()` cuts without feeding first. */
const cuts = { full: Buffer.from([0x1d, 0x56, 65, 0]), partial: Buffer.from([0x1d, 0x56, 66, 0]) }

/**
 * The bytes of a job, from `ESC @` to the cut. `width`: the printer's, in dots. Rejects bands that are wider than the
 * paper, or whose size does not fit their data (`print.invalid`, permanent): printing them would garble the receipt.
 */
export function encodeJob(
  job: Pick<PrintJob, 'bands' | 'lines' | 'cut'>,
  { width, letters = plainLetters }: { width: number; letters?: Letters },
): Buffer {
  const parts: Buffer[] = []
  const printer = new escpos.Printer({ write: (bytes) => parts.push(Buffer.from(bytes)) })
  // `ESC @` ends automatic status on an Epson (and on clones more than that), so it is asked for again.
  printer.hardware('init').raw(enableAutomaticStatus).align('lt')
  for (const band of job.bands) putBand(printer, band, width)
  if (job.lines) printer.raw(encodeLines(job.lines, letters))
  if (job.cut === 'none') printer.feed(tearLines)
  else printer.raw(cuts[job.cut])
  printer.flush()
  return Buffer.concat(parts)
}

/** Bands alone, for a printer that somebody else has set up: as pictures at the place where it stands. */
export function encodeBands(bands: readonly Bitmap[], { width }: { width: number }): Buffer {
  const parts: Buffer[] = []
  const printer = new escpos.Printer({ write: (bytes) => parts.push(Buffer.from(bytes)) })
  for (const band of bands) putBand(printer, band, width)
  return Buffer.concat(parts)
}

function putBand(printer: InstanceType<typeof escpos.Printer>, band: Bitmap, width: number): void {
  checkBand(band, width)
  for (let row = 0; row < band.height; row += maxRasterRows)
    printer.raster(rasterImage(band, row, Math.min(maxRasterRows, band.height - row))).flush()
}

function checkBand({ width, height, data }: Bitmap, paper: number): void {
  if (width > 0 && width % 8 === 0 && width <= paper && height > 0 && data.length === (width / 8) * height) return
  throw new VafaError({
    key: 'print.invalid',
    message: `a band of ${width} × ${height} dots in ${data.length} bytes cannot be printed on ${paper} dots`,
    hint: 'the receipt was rendered for another printer: check `width` of the printer',
  })
}

/**
 * Rows of a bitmap as an escpos image. They have one bit a dot already, which is what `toRaster` gives: building the
 * image from pixels would make an object of each dot (115,000 a band) to arrive at the same bytes.
 */
function rasterImage(band: Bitmap, row: number, rows: number): InstanceType<typeof escpos.Image> {
  const rowBytes = band.width / 8
  const image = new escpos.Image({ data: [], shape: [band.width, rows, 4] })
  const data = Buffer.from(band.data.subarray(row * rowBytes, (row + rows) * rowBytes))
  image.toRaster = () => ({ width: rowBytes, height: rows, data })
  return image
}
