import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriousFaults } from './chromium.ts'
import { type KioskStore, startKioskStore } from './kiosk-store.ts'

let store: KioskStore
let kiosk: Page

beforeAll(async () => {
  store = await startKioskStore()
  kiosk = await store.open('/kiosk')
}, 60_000)
afterAll(() => store?.close())

const mobile = '09121112233'
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const type = (page: Page, text: string) => page.getByRole('textbox').fill(text)
const creditShown = async (page: Page) => Number(await page.locator('[data-credit]').getAttribute('data-credit'))
const attracts = (page: Page) => heading(page, /نزدیک کنید/).waitFor()

/** From the number to whoever it is. */
async function proveMobile(page: Page, number: string): Promise<void> {
  await type(page, number)
  await press(page, 'فرستادن رمز')
  await heading(page, /رمزی را که/).waitFor()
  await type(page, await store.codeFor(number))
  await press(page, 'ادامه')
}

describe('a kiosk with its page, reader and printer, and a till beside it', () => {
  test('says that a tapped card is no member’s yet; its holder joins with a code, a name and consent, and is a member by that card', async () => {
    await attracts(kiosk)
    const { lift } = await store.tap('sara')
    await heading(kiosk, 'این کارت هنوز عضو باشگاه نیست').waitFor()
    await lift()
    await press(kiosk, 'عضویت در باشگاه')
    await proveMobile(kiosk, mobile)
    await heading(kiosk, 'نام شما').waitFor()
    for (const letter of 'سارا') await press(kiosk, letter)
    await press(kiosk, 'ادامه')
    expect(await kiosk.getByRole('button', { name: 'عضو می‌شوم' }).isDisabled()).toBe(true)
    await kiosk.getByRole('checkbox').first().check()
    await press(kiosk, 'عضو می‌شوم')
    await heading(kiosk, /سلام.*سارا/).waitFor()
    await kiosk.getByText('عضو شدید').waitFor()
    expect(await creditShown(kiosk)).toBe(0)
    await press(kiosk, 'خروج')
    await attracts(kiosk)
  })

  test('shows that member’s first purchase at the till after a tap: credit, tier, stamps, the visit', async () => {
    await store.buy({ mobile, total: 12_000_000, coffees: 4 })
    const { lift } = await store.tap('sara')
    await heading(kiosk, /سلام.*سارا/).waitFor()
    await lift()
    expect(await creditShown(kiosk)).toBe(1_200_000)
    for (const text of [/۳٬۸۰۰٬۰۰۰ تومان.* خرید دیگر/, /coffee – .*۴.* از .*۱۰/, /^۱٬۲۰۰٬۰۰۰ تومان$/])
      await kiosk.getByText(text).waitFor()
  })

  test('gives a code for credit that a till takes by its digits, once; and prints a slip', async () => {
    await press(kiosk, 'چاپ')
    await kiosk.getByText('برگه چاپ شد.').waitFor()
    await press(kiosk, 'خرج‌کردن اعتبار')
    for (const digit of '50000') await kiosk.getByRole('button', { name: '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '', exact: true }).click()
    await press(kiosk, 'گرفتن رمز')
    const digits = (await kiosk.locator('[data-code]').getAttribute('data-code')) ?? ''
    await press(kiosk, 'پایان')
    // What the code is worth is set aside for whoever has it.
    await kiosk.locator('[data-credit="700000"]').waitFor()
    const sale = { tillreceipt: 'R-code', total: 2_000_000, lines: [] }
    const credential = { kind: 'member-number' as const, value: digits }
    const quote = await store.till.request({ op: 'open', sale, credential }, { until: 'quote' })
    if (quote.op !== 'quote') throw new Error(JSON.stringify(quote))
    expect(quote.prompts[0]?.text.fa).toContain('۵۰٬۰۰۰ تومان')
    const { saleid } = quote
    const redeemed = await store.till.request({ op: 'redeem', saleid, amount: 500_000 }, { until: 'quote' })
    expect(redeemed).toMatchObject({ op: 'quote', redeemed: 500_000, payable: 1_500_000 })
    const tenders = [{ kind: 'cash' as const, amount: 1_500_000 }]
    await store.till.request({ op: 'complete', saleid, tenders }, { until: 'result' })
    const again = await store.till.request({ op: 'present', credential })
    expect(again).toMatchObject({ op: 'error', error: { key: 'credential.unproven' } })
  })

  test('takes an answer to the survey with a word, and forgets the visitor when he leaves', async () => {
    await press(kiosk, 'نظر شما')
    await press(kiosk, 'عالی بود')
    await kiosk.getByRole('textbox').fill('خیلی خوب')
    await press(kiosk, 'فرستادن')
    await kiosk.getByText('سپاسگزاریم').waitFor()
    await press(kiosk, 'خروج')
    await attracts(kiosk)
    expect(await kiosk.content()).not.toContain('سارا')
  })

  test('asks a visitor who says nothing whether he is there, and then forgets him on every screen of the lane', async () => {
    const silent = await store.open('/kiosk')
    await attracts(silent)
    await silent.clock.install()
    const { lift } = await store.tap('sara')
    for (const page of [silent, kiosk]) await heading(page, /سلام.*سارا/).waitFor()
    await lift()
    await silent.clock.runFor(41_000)
    await silent.getByRole('alertdialog').waitFor()
    await silent.clock.runFor(11_000)
    await attracts(kiosk)
    await silent.context().close()
  })

  test('shows staff the devices for the right PIN only', async () => {
    await press(kiosk, 'کارکنان')
    await kiosk.locator('input').fill('111111')
    await press(kiosk, 'ورود')
    await kiosk.getByText('رمز کارکنان درست نیست').waitFor()
    await kiosk.locator('input').fill(store.pin)
    await press(kiosk, 'ورود')
    await heading(kiosk, 'دستگاه‌ها').waitFor()
    await kiosk.getByText('printer-lane-2').waitFor()
    await press(kiosk, 'پایان')
    await attracts(kiosk)
  })

  test('lets nobody sell, read another’s account by a bare number, or act for a checkout', async () => {
    const till = await store.chain.till('lane-2')
    const bare = await till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
    expect(bare).toMatchObject({ op: 'error', error: { key: 'request.invalid' } })
    const other = await till.request({ op: 'enrol', profile: { mobile: '+989120000001' }, consents: [] })
    expect(other).toMatchObject({ op: 'error', error: { key: 'code.needed' } })
  })

  test('is told at the checkout’s page: who is there, what to say, what it comes to; the reaction is recorded in one touch', async () => {
    const sale = { tillreceipt: 'R-say', total: 2_400_000, lines: [] }
    await store.till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
    const quote = await store.till.request({ op: 'open', sale }, { until: 'quote' })
    // The page comes while the customer stands there.
    const lane = await store.open('/lane/lane-1', { width: 1280, height: 800 })
    await heading(lane, 'سارا').waitFor()
    await lane.getByText('قهوهٔ تازه‌برشته').waitFor()
    await lane.getByText('۲۴۰٬۰۰۰ تومان').first().waitFor()
    await press(lane, 'پذیرفت')
    await lane.getByText(/ثبت شد:.*پذیرفت/).waitFor()
    const db = await store.reactions()
    expect(db).toContainEqual(expect.objectContaining({ offerid: 'new-roast', answer: 'accepted' }))
    if (quote.op !== 'quote') throw new Error(JSON.stringify(quote))
    const tenders = [{ kind: 'cash' as const, amount: quote.payable }]
    await store.till.request({ op: 'complete', saleid: quote.saleid, tenders }, { until: 'result' })
    await lane.getByRole('listitem').filter({ hasText: 'R-say' }).getByText('ثبت شد').waitFor()
    await lane.getByRole('button', { name: 'چاپ دوباره R-code' }).click()
    await lane.getByText('دوباره چاپ شد.').waitFor()
    expect(await seriousFaults(lane)).toEqual([])
    await lane.close()
  })

  test('has no serious fault for who reads with a screen reader, in both languages and both themes', async () => {
    const expectNone = async (screen: string) => {
      expect(await seriousFaults(kiosk), `${screen}, Persian, light`).toEqual([])
      await press(kiosk, 'English')
      await kiosk.evaluate("document.documentElement.dataset.theme = 'dark'")
      expect(await seriousFaults(kiosk), `${screen}, English, dark`).toEqual([])
      await kiosk.evaluate("document.documentElement.dataset.theme = 'light'")
      await press(kiosk, 'فارسی')
    }
    await expectNone('attract')
    await press(kiosk, 'ورود با شمارهٔ موبایل')
    await expectNone('mobile')
    await press(kiosk, 'خروج')
    const { lift } = await store.tap('sara')
    await heading(kiosk, /سلام.*سارا/).waitFor()
    await lift()
    await expectNone('account')
    for (const [act, title] of [['خرج‌کردن اعتبار', /چقدر/] as const, ['نظر شما', /راضی/] as const]) {
      await press(kiosk, act)
      await heading(kiosk, title).waitFor()
      await expectNone(act)
      await press(kiosk, 'بازگشت')
    }
    await press(kiosk, 'خروج')
  })

  test('says that the club is away and goes on with what the box knows; says that the box is away, and comes back with it', async () => {
    await attracts(kiosk)
    await store.gateway.line(/the club told of regulars/)
    store.chain.line.cut()
    await kiosk.locator('[data-line="club"]').waitFor({ timeout: 30_000 })
    expect(await kiosk.getByRole('button', { name: 'عضویت در باشگاه' }).isDisabled()).toBe(true)
    const alone = await store.tap('sara')
    await kiosk.getByText('این آخرین چیزی است که این فروشگاه از شما می‌داند', { exact: false }).waitFor()
    expect(await creditShown(kiosk)).toBeGreaterThan(0)
    expect(await kiosk.getByRole('button', { name: 'خرج‌کردن اعتبار' }).isDisabled()).toBe(true)
    await alone.lift()
    await press(kiosk, 'خروج')
    await store.gateway.stop()
    await kiosk.locator('[data-line="page"]').waitFor()
    store.chain.line.restore()
    store.gateway = await store.chain.start('gateway')
    await kiosk.locator('[data-line]').waitFor({ state: 'detached' })
    const { lift } = await store.tap('sara')
    await heading(kiosk, /سلام.*سارا/).waitFor()
    await lift()
  })
})

test('the kiosk’s script, with MQTT in it, weighs less than 200 kB compressed', () => {
  const folder = resolve(import.meta.dirname, '../../web/dist/kiosk/assets')
  const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'))
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0)
  expect(scripts.length).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(200_000)
})
