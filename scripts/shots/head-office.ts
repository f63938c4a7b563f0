import type { Browser, Page } from 'playwright-core'
import { openWindow } from '../../tests/pages/chromium.ts'
import { goTo } from '../../tests/pages/office.ts'
import { password, startChain } from './chain.ts'
import type { Take } from './take.ts'

/** Name of the picture → the screen's address. */
const screens = {
  now: 'now',
  store: 'store/tajrish',
  members: 'members',
  member: 'member',
  programme: 'programme',
  offers: 'offers',
  reports: 'reports/sales',
  clearing: 'clearing',
  quarantine: 'quarantine',
  exposure: 'exposure',
  cards: 'cards',
  approvals: 'approvals',
  audit: 'audit',
  users: 'users',
} as const
type Screen = keyof typeof screens

const wide = { width: 1280, height: 800 }
const narrow = { width: 390, height: 844 }

/** Every screen of head office, of a chain with a month behind it. */
export async function headOfficeShots(browser: Browser, take: Take): Promise<void> {
  const chain = await startChain()
  try {
    const enter = async (
      name: string,
      looks: { language: 'fa' | 'en'; theme: 'light' | 'dark'; width: number; height: number },
    ) => {
      const context = await openWindow(browser, looks)
      const page = await context.newPage()
      await page.goto(`${chain.origin}/`)
      await page.locator('input[autocomplete=username]').fill(name)
      await page.locator('input[type=password]').fill(password)
      if (name === 'sara' && looks.language === 'fa') await take(page, `login${looks.width === narrow.width ? '-narrow' : ''}`)
      await page.locator('button[type=submit]').click()
      await page.locator('.frame').waitFor()
      return page
    }
    const mina = await enter('mina', { language: 'fa', theme: 'light', ...wide })
    await propose(mina, chain.memberNumber)
    await mina.context().close()

    const show = async (page: Page, screen: Screen) => {
      await goTo(page, screen === 'member' ? `member/${chain.memberNumber}` : screens[screen])
      if (screen === 'members') {
        await page.getByRole('searchbox').fill('ری')
        await page.getByRole('searchbox').press('Enter')
        await page.getByRole('cell').first().waitFor()
      }
      if (screen === 'programme') {
        await page.locator('.cm-content').waitFor()
        await page.locator('.programme-valid').waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
      }
      if (screen === 'now')
        await page
          .locator('.figure')
          .first()
          .getByText(/[1-9۱-۹]/)
          .waitFor()
      if (screen === 'reports' || screen === 'offers')
        await page
          .locator('canvas')
          .first()
          .waitFor({ timeout: 3_000 })
          .catch(() => undefined)
      await page.evaluate('document.fonts.ready')
      await page.evaluate('document.activeElement?.blur()')
      await page.mouse.move(0, 0)
    }
    const sara = await enter('sara', { language: 'fa', theme: 'light', ...wide })
    for (const screen of Object.keys(screens) as Screen[]) {
      await show(sara, screen)
      if (screen === 'store') await chain.stir()
      await take(sara, screen)
    }
    await goTo(sara, 'now')
    await sara.getByRole('button', { name: 'نقشه' }).click()
    await take(sara, 'now-map')
    await dryRun(sara)
    await take(sara, 'programme-dry-run')
    await sara.context().close()

    const phone = await enter('sara', { language: 'fa', theme: 'light', ...narrow })
    for (const screen of Object.keys(screens) as Screen[]) {
      await show(phone, screen)
      await take(phone, `${screen}-narrow`)
    }
    await phone.context().close()

    const english = await enter('sara', { language: 'en', theme: 'dark', ...wide })
    for (const screen of ['now', 'reports', 'programme'] as const) {
      await show(english, screen)
      await take(english, `${screen}-en-dark`)
    }
    await english.context().close()
  } finally {
    await chain.close()
  }
}

/** Something waits for a second approval. */
async function propose(page: Page, number: string): Promise<void> {
  await goTo(page, `member/${number}`)
  await page.getByRole('button', { name: 'اصلاح اعتبار' }).click()
  const [amount, why] = await page.getByRole('dialog').getByRole('textbox').all()
  await amount?.fill('۵۰٬۰۰۰')
  await why?.fill('رسید گم‌شدهٔ ۲۸ آبان')
  await page.getByRole('button', { name: 'فرستادن برای تأیید' }).click()
  await page.getByRole('link', { name: 'رفتن به تأیید دوم' }).waitFor()
}

async function dryRun(page: Page): Promise<void> {
  await goTo(page, 'programme')
  const editor = page.locator('.cm-content')
  await editor.waitFor()
  await editor.focus()
  await page.keyboard.press('ControlOrMeta+End')
  // 1000 becomes 1200 in the last line.
  for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.type('2')
  await page.locator('.programme-valid').waitFor()
  await page.getByRole('tab', { name: 'اجرای آزمایشی' }).click()
  await page.getByRole('button', { name: 'اجرا', exact: true }).click()
  await page.locator('[data-outcome=dry-run]').waitFor({ timeout: 60_000 })
}
