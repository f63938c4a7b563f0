import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { indexedPng } from './indexed-png.ts'

/** Puts what the window shows into a file of that name. */
export type Take = (page: Page, name: string) => Promise<void>

export function intoFolder(folder: string, say: (line: string) => void): Take {
  mkdirSync(folder, { recursive: true })
  return async (page, name) => {
    const png = await indexedPng(await page.screenshot({ animations: 'disabled', caret: 'hide' }))
    writeFileSync(join(folder, `${name}.png`), png)
    say(`${name}: ${Math.round(png.length / 1_000)} kB`)
  }
}
