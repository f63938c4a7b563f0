import packageJson from '#package' with { type: 'json' }
import { openApi } from '#protocol/openapi.ts'
import { tillOperations } from '#protocol/till-operations.ts'
import { tillProblems } from '#protocol/till-problems.ts'

let made: { openapi: string; page: string } | undefined

/** What the box says of its own HTTP interface; made when it is first asked for, and the same for all tills. */
export function tillPages(): { openapi: string; page: string } {
  made ??= { openapi: JSON.stringify(openApi({ version: packageJson.version })), page: page() }
  return made
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const row = (cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
const english = (...lines: string[]): string => `<div class="en">${lines.map(escaped).join('<br>')}</div>`
const code = (text: string): string => `<code dir="ltr">${escaped(text)}</code>`

/** A page that a person reads in a browser; the whole truth is in openapi.json. */
function page(): string {
  const operations = Object.entries(tillOperations)
    .map(([op, { title, books }]) => row([code(`POST /v1/${op}`), escaped(title.fa), english(title.en), books ? '✓' : '']))
    .join('\n')
  const problems = Object.entries(tillProblems)
    .map(([key, { status, title, detail }]) =>
      row([code(key), String(status), `${escaped(title.fa)}<br>${escaped(detail.fa)}`, english(title.en, detail.en)]),
    )
    .join('\n')
  const example = `curl http://127.0.0.1:4720/v1/open \\
  -H "Authorization: Bearer $(cat secrets/till-1)" -H 'Content-Type: application/json' \\
  -d '{"sale":{"tillreceipt":"000871","total":450000,"lines":[]}}'`
  return `<!doctype html>
<html lang="fa" dir="rtl">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>وفا: صندوق فروش و باشگاه مشتریان</title>
<style>
body { font: 16px/1.8 Vazirmatn, Tahoma, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2433 }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 } td, th { border: 1px solid #ccd2dd; padding: .35rem .6rem; text-align: start; vertical-align: top }
code { white-space: nowrap } th { background: #eef1f6 } pre { background: #f4f6fa; padding: 1rem; overflow-x: auto } .en { direction: ltr; text-align: left; color: #49536a }
</style>
<h1>وفا: صندوق فروش و باشگاه مشتریان</h1>
<p>نرم‌افزار صندوق از این نشانی با باشگاه حرف می‌زند. هر صندوق کلید خودش را در سرآیند ${code('Authorization: Bearer …')} می‌فرستد؛
کلید می‌گوید کدام خط فروش است. شرح کامل: <a href="/openapi.json">openapi.json</a>.</p>
<p class="en">A till’s own software talks to the club here. Its key says which lane it is. The whole description:
<a href="/openapi.json">openapi.json</a>.</p>
<pre dir="ltr">${escaped(example)}</pre>
<table><tr><th>نشانی</th><th>کار</th><th class="en">Operation</th><th>${code('Idempotency-Key')} لازم است</th></tr>
${operations}
${row([code('GET /v1/events'), 'آنچه خط فروش خودش می‌گوید', english('what the lane says by itself (server-sent events)'), ''])}
</table>
<h2>خطاها <span class="en">Problems</span></h2>
<table><tr><th>کلید</th><th>HTTP</th><th>فارسی</th><th class="en">English</th></tr>
${problems}
</table>
</html>
`
}
