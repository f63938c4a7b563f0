import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TillResponse } from '#protocol/lane.ts'
import { openSale, presentMember, signUp } from '../chain.ts'
import { openWindow, seriousFaults } from './chromium.ts'
import { goTo, type Office, openOffice } from './office.ts'

const mobile = '09123456789'
const desk = { language: 'fa', theme: 'light', width: 1280, height: 800 } as const
const rules = (share: number) => `id: autumn
version: 2
currency: IRR
rules:
  - id: everyone
    order: 10
    when: {}
    effects:
      - { kind: credit, basisPoints: ${share} }
`

let office: Office
let sara: Page
let complaints: readonly string[]

/** Rings up a sale for the member; gives the credit that the receipt says was earned. */
async function earned(total: number, tillreceipt: string): Promise<number> {
  await presentMember(office.till, mobile)
  const { saleid, payable } = await openSale(office.till, total, tillreceipt)
  const call = { op: 'complete' as const, saleid, tenders: [{ kind: 'cash' as const, amount: payable }] }
  const result: TillResponse = await office.till.request(call, { until: 'result' })
  if (result.op !== 'result') throw new Error(JSON.stringify(result))
  return result.effects.flatMap((one) => (one.kind === 'credit' ? [one.granted] : [])).reduce((a, b) => a + b, 0)
}

beforeAll(async () => {
  office = await openOffice({
    sara: { role: 'administrator', title: 'سارا احمدی' },
    mina: { role: 'marketer', title: 'مینا رضایی' },
    nima: { role: 'cashier', title: 'نیما', stores: ['s1'] },
  })
  await signUp(office.till, mobile)
  const entered = await office.enter('sara', desk)
  sara = entered.page
  complaints = entered.complaints
})
afterAll(() => office?.close())

describe('who logs in', () => {
  it('is told in one sentence that the password is wrong, and comes in with the right one', async () => {
    const page = await (await openWindow(office.browser, desk)).newPage()
    await page.goto(office.origin)
    await page.locator('input[autocomplete=username]').fill('sara')
    await page.locator('input[type=password]').fill('another secret')
    await page.locator('button[type=submit]').click()
    expect(await page.getByRole('alert').textContent()).toContain('نام کاربری یا گذرواژه درست نیست')
    // What stands before the door is met by everybody: in both languages and themes, with the fault on it.
    const theme = page.locator('.gate-switches select')
    for (const [other, language] of [
      ['dark', 'English'],
      ['light', 'فارسی'],
    ] as const) {
      expect(await seriousFaults(page)).toEqual([])
      await theme.selectOption(other)
      expect(await seriousFaults(page, { rules: ['color-contrast'] })).toEqual([])
      await page.locator('.gate-switches').getByRole('button', { name: language }).click()
    }
    await page.context().close()
    expect(await sara.locator('html').getAttribute('dir')).toBe('rtl')
  })

  it('as a cashier finds members and nothing else', async () => {
    const { page, context } = await office.enter('nima', desk)
    const places = page.getByRole('navigation').getByRole('link')
    await expect.poll(() => places.allTextContents()).toEqual(['اکنون', 'اعضا'])
    await goTo(page, 'users')
    expect(await page.locator('main').textContent()).toContain('نقش شما به این بخش دسترسی ندارد')
    await goTo(page, 'members')
    await page.getByRole('searchbox').fill('سارا')
    await page.getByRole('button', { name: 'بیاب' }).click()
    await page.getByRole('cell', { name: 'سارا' }).waitFor()
    await context.close()
  })
})

describe('a store on the screen “now”', () => {
  const row = () => sara.locator('tr[data-store=s1]')

  it('turns grey within 10 s when it is pulled off the network, and shows its backlog after it returns', async () => {
    await goTo(sara, 'now')
    await row().and(sara.locator('[data-status=online]')).waitFor()
    // All that its backlog's cell says from now on.
    await sara.evaluate(`
      const cell = document.querySelector('tr[data-store=s1] td:nth-of-type(4)')
      window.backlogSeen = new Set()
      const watch = new MutationObserver(() => window.backlogSeen.add(cell.textContent))
      watch.observe(cell, { subtree: true, childList: true, characterData: true })`)
    office.chain.line.cut()
    const cut = performance.now()
    await row().and(sara.locator('[data-status=offline]')).waitFor({ timeout: 10_000 })
    expect(performance.now() - cut).toBeLessThan(10_000)
    for (const receipt of ['R-1', 'R-2', 'R-3']) {
      const { saleid, payable } = await openSale(office.till, 500_000, receipt)
      await office.till.request({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] }, { until: 'result' })
    }
    office.chain.line.restore()
    await row().and(sara.locator('[data-status=online]')).waitFor({ timeout: 20_000 })
    const seen = () => sara.evaluate<string[]>('[...window.backlogSeen]')
    await expect.poll(seen, { timeout: 15_000 }).toContainEqual(expect.stringMatching(/[۱-۹]/))
    await expect.poll(() => row().locator('td').nth(3).textContent(), { timeout: 15_000 }).toBe('۰')
  })

  it('tells what happens in it as it happens, and does what it is told from there', async () => {
    await goTo(sara, 'store/s1')
    await sara.getByText('منتظر رویداد…').waitFor()
    await earned(1_000_000, 'R-4')
    await sara.locator('[data-what="sale.completed"]').filter({ hasText: '۱۰۰٬۰۰۰ تومان' }).waitFor()
    await sara.getByRole('button', { name: 'فرستادن' }).click()
    await sara.getByText('انجام شد').waitFor()
  })
})

describe('the programme', () => {
  it('is edited, checked as it is typed, tried on real days, published by two people, and decides the next receipt', async () => {
    expect(await earned(1_000_000, 'R-5')).toBe(100_000)
    await goTo(sara, 'programme')
    const editor = sara.locator('.cm-content')
    /** Pastes a whole text in the place of what is there, and types a character after it. */
    const write = async (text: string) => {
      await editor.focus()
      await sara.keyboard.press('ControlOrMeta+a')
      await editor.evaluate((place, pasted) => {
        const { DataTransfer: Data, ClipboardEvent: Paste } = place.ownerDocument.defaultView as unknown as typeof globalThis & {
          DataTransfer: new () => { setData(type: string, text: string): void }
          ClipboardEvent: new (type: string, options: object) => Event
        }
        const clipboardData = new Data()
        clipboardData.setData('text/plain', pasted)
        place.dispatchEvent(new Paste('paste', { clipboardData, bubbles: true, cancelable: true }))
      }, text)
      await sara.keyboard.type('# ')
    }
    await editor.waitFor()
    await write(rules(99_999))
    await sara
      .locator('.programme-problems')
      .getByRole('button', { name: /خط .?۹/ })
      .waitFor()
    await write(rules(2_000))
    await sara.locator('.programme-valid').waitFor()
    await sara.locator('.changes').getByText('everyone', { exact: true }).waitFor()

    await sara.getByRole('tab', { name: 'اجرای آزمایشی' }).click()
    await sara.getByRole('button', { name: 'اجرا', exact: true }).click()
    await sara.locator('[data-outcome=dry-run]').getByText('هزینهٔ بیشتر').waitFor()

    await sara.getByRole('button', { name: 'انتشار', exact: true }).click()
    await sara.getByRole('dialog').getByRole('textbox').fill('جشنوارهٔ پاییز')
    await sara.getByRole('button', { name: 'فرستادن برای تأیید' }).click()
    await sara.getByRole('link', { name: 'رفتن به تأیید دوم' }).click()
    const own = sara.locator('[data-proposal=programme-publish]').getByRole('button', { name: 'تأیید' })
    await own.waitFor()
    expect(await own.isDisabled()).toBe(true)

    const { page: mina, context } = await office.enter('mina', desk)
    await goTo(mina, 'approvals')
    const proposal = mina.locator('[data-proposal=programme-publish]')
    await proposal.locator('.changes').getByText('everyone', { exact: true }).waitFor()
    await proposal.getByRole('button', { name: 'تأیید' }).click()
    await mina.getByText('تأیید و انجام شد').waitFor()
    await context.close()
    expect(await earned(1_000_000, 'R-6')).toBe(200_000)
  })
})

describe('every screen', () => {
  const screens = ['now', 'store/s1', 'members', 'member', 'programme', 'offers', 'reports/sales', 'clearing', 'quarantine']
  screens.push('exposure', 'cards', 'approvals', 'audit', 'users')

  it.each([
    ['fa', 'light', 'dark'],
    ['en', 'dark', 'light'],
  ] as const)('has no serious fault for assistive technology, in %s, %s and %s', async (language, theme, other) => {
    const { page, context, complaints: against } = await office.enter('sara', { ...desk, language, theme })
    const number = office.chain.books().members[0]?.number
    const faults: string[] = []
    for (const screen of screens) {
      await goTo(page, screen === 'member' ? `member/${number}` : screen)
      if (screen === 'programme') await page.locator('.cm-content').waitFor()
      // What stands around every screen is looked at with the first.
      const part = screen === 'now' ? {} : { within: '.frame-main' }
      faults.push(...(await seriousFaults(page, part)).map((fault) => `${screen}: ${fault}`))
      // Only colours differ in the other theme.
      await page.locator('.frame-switches select').selectOption(other)
      faults.push(
        ...(await seriousFaults(page, { rules: ['color-contrast'], ...part })).map((fault) => `${screen}, ${other}: ${fault}`),
      )
      await page.locator('.frame-switches select').selectOption(theme)
    }
    await context.close()
    expect(faults).toEqual([])
    expect(against).toEqual([])
  })

  it('says honestly that the club is away, keeps what it had, and comes back by itself', async () => {
    await goTo(sara, 'now')
    await office.restartClub(async () => {
      await sara.getByText('ارتباط با سرور قطع است').waitFor()
      await sara.locator('tr[data-store=s1]').waitFor()
    })
    await sara.getByText('ارتباط با سرور قطع است').waitFor({ state: 'detached', timeout: 20_000 })
    expect(complaints).toEqual([])
  })
})
