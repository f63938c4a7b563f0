import { z } from 'zod'
import { type CodePage, codePages, epsonCodePages, persianPages } from '../printed-text/code-pages.ts'
import { encodeText } from '../printed-text/encode-text.ts'

export const letters = z
  .strictObject({
    codePage: z
      .enum(codePages)
      .default('cp437')
      .meta({ description: 'one with Persian letters prints Persian, the others English' }),
    select: z
      .int()
      .min(0)
      .max(255)
      .optional()
      .meta({ description: 'the number of the page in `ESC t`; that of Epson, where it is left out' }),
    columns: z.int().min(16).max(80).optional().meta({ description: '48 on 80 mm paper, 32 on 58 mm, where it is left out' }),
  })
  .refine(({ codePage, select }) => select !== undefined || epsonNumber(codePage) !== undefined, {
    path: ['select'],
    error: 'is needed: no standard says which number this page has; the printer’s manual or its self-test does',
  })

/** How a printer prints letters. */
export interface Letters {
  codePage: CodePage
  select: number
  columns: number
  /** It has Persian letters. */
  persian: boolean
}

const withPersian: readonly CodePage[] = persianPages

const epsonNumber = (page: CodePage): number | undefined => {
  const [number] = Object.entries(epsonCodePages).find(([, known]) => known === page) ?? []
  return number === undefined ? undefined : Number(number)
}

/** What the options say; plain English, where they say nothing: enough where a picture cannot be drawn. */
export function lettersFor(options: { width: 576 | 384; letters?: z.infer<typeof letters> | undefined }): Letters {
  const { codePage = 'cp437', select, columns = options.width === 576 ? 48 : 32 } = options.letters ?? {}
  return {
    codePage,
    columns,
    select: select ?? epsonNumber(codePage) ?? 0,
    persian: withPersian.includes(codePage),
  }
}

export const plainLetters: Letters = { codePage: 'cp437', select: 0, columns: 48, persian: false }

/** Lines as bytes, after the code page's selection; Persian stands at the right edge. */
export function encodeLines(lines: readonly string[], { codePage, select, columns }: Letters): Buffer {
  const encoded = lines.map((line) => {
    const bytes = encodeText(line, codePage).subarray(0, columns)
    const padding = /\p{Script=Arabic}/u.test(line) ? Buffer.alloc(columns - bytes.length, 0x20) : Buffer.alloc(0)
    return Buffer.concat([padding, bytes, Buffer.from([0x0a])])
  })
  return Buffer.concat([Buffer.from([0x1b, 0x74, select]), ...encoded])
}
