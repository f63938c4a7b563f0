import type { Bitmap } from '#protocol/bitmap.ts'
import type { Command } from './decode.ts'

/** What stands on the paper, from top to bottom. */
export type Piece =
  | { kind: 'raster'; bitmap: Bitmap }
  | { kind: 'text'; text: string; align: 'left' | 'center' | 'right' }
  | { kind: 'qr'; content: string }
  | { kind: 'barcode'; content: string }
  | { kind: 'blank'; dots: number }

/** One piece of paper as it comes out of the printer. */
export interface PrintedJob {
  pieces: Piece[]
  /** The raster pictures alone, in order. */
  bands: Bitmap[]
  /** The lines that were sent as text. */
  text: string[]
  cut: 'none' | 'partial' | 'full'
  drawerPulses: number
  /** False where the connection ended in the middle: no cut, and no process id that asked whether all is done. */
  complete: boolean
}

export interface Paper {
  /** The job that this command completes, if it does. */
  take(command: Command): PrintedJob | undefined
  /** Ends what has been printed so far without a cut; undefined where the paper is blank. */
  tear(): PrintedJob | undefined
}

/** A line of text with its blank below it, as printers come out of the factory. */
const lineDots = 30

/** The roll of a printer with `width` dots a row and `columns` characters a line. What lies beyond its edge is lost. */
export function createPaper({ width, columns }: { width: number; columns: number }): Paper {
  let pieces: Piece[] = []
  let line = ''
  let align: 'left' | 'center' | 'right' = 'left'
  let drawerPulses = 0

  function endLine(): void {
    for (let at = 0; at < line.length; at += columns) pieces.push({ kind: 'text', text: line.slice(at, at + columns), align })
    line = ''
  }

  function endJob(end: Pick<PrintedJob, 'cut' | 'complete'>): PrintedJob | undefined {
    endLine()
    if (pieces.length === 0 && drawerPulses === 0) return undefined
    const bands = pieces.flatMap((piece) => (piece.kind === 'raster' ? [piece.bitmap] : []))
    const text = pieces.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []))
    const job: PrintedJob = { pieces, bands, text, drawerPulses, ...end }
    pieces = []
    drawerPulses = 0
    return job
  }

  function print(piece: Piece): undefined {
    endLine()
    pieces.push(piece)
  }

  return {
    tear: () => endJob({ cut: 'none', complete: false }),
    take(command) {
      switch (command.kind) {
        case 'init':
          endLine()
          align = 'left'
          return undefined
        case 'align':
          align = command.align
          return undefined
        case 'text':
          line += command.text
          return undefined
        case 'feed': {
          const lines = command.lines - (line === '' ? 0 : 1)
          endLine()
          return lines > 0 ? print({ kind: 'blank', dots: lines * lineDots }) : undefined
        }
        case 'feed-dots':
          return print({ kind: 'blank', dots: command.dots })
        case 'raster':
          return print({ kind: 'raster', bitmap: cropped(command.bitmap, width) })
        case 'qr':
          return print({ kind: 'qr', content: command.content })
        case 'barcode':
          return print({ kind: 'barcode', content: command.content })
        case 'drawer':
          drawerPulses += 1
          return undefined
        case 'cut':
          return endJob({ cut: command.cut, complete: true })
        case 'process-id':
        case 'transmit-status':
          return endJob({ cut: 'none', complete: true })
        default:
          return undefined
      }
    },
  }
}

function cropped(bitmap: Bitmap, width: number): Bitmap {
  if (bitmap.width <= width) return bitmap
  const stride = width / 8
  const data = new Uint8Array(stride * bitmap.height)
  for (let row = 0; row < bitmap.height; row++) {
    const start = (row * bitmap.width) / 8
    data.set(bitmap.data.subarray(start, start + stride), row * stride)
  }
  return { width, height: bitmap.height, data }
}
