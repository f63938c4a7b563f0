import type { Browser, Page } from 'playwright-core'
import { startKioskStore } from '../../tests/pages/kiosk-store.ts'
import type { Take } from './take.ts'

const mobile = '09121112233'
const wide = { width: 1280, height: 800 }
const narrow = { width: 390, height: 844 }
const tall = { width: 1080, height: 1920 }

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const reads = (page: Page, name: RegExp) => page.getByRole('heading', { name }).waitFor()

/** The kiosk and the cashier's screen, through a visit: who joins, buys, comes back and spends. */
export async function kioskShots(browser: Browser, take: Take): Promise<void> {
  const store = await startKioskStore({ browser })
  try {
    const kiosk = await store.open('/kiosk', tall)
    const both = async (name: string) => {
      await take(kiosk, name)
      await kiosk.setViewportSize(wide)
      await take(kiosk, `${name}-wide`)
      await kiosk.setViewportSize(tall)
    }
    await reads(kiosk, /نزدیک کنید/)
    await both('attract')
    const tap = async (then: RegExp) => {
      const { lift } = await store.tap('sara')
      await reads(kiosk, then)
      await lift()
    }
    await tap(/عضو باشگاه نیست/)
    await take(kiosk, 'stranger')
    await press(kiosk, 'عضویت در باشگاه')
    await kiosk.getByRole('textbox').fill(mobile)
    await both('mobile')
    await press(kiosk, 'فرستادن رمز')
    await reads(kiosk, /رمزی را که/)
    await kiosk.getByRole('textbox').fill(await store.codeFor(mobile))
    await take(kiosk, 'code')
    await press(kiosk, 'ادامه')
    await reads(kiosk, /نام شما/)
    await kiosk.getByRole('textbox').fill('سارا محمدی')
    await both('join')
    await press(kiosk, 'ادامه')
    await kiosk.getByRole('checkbox').first().check()
    await both('consent')
    await press(kiosk, 'عضو می‌شوم')
    await kiosk.locator('.account').waitFor()
    await take(kiosk, 'joined')
    await press(kiosk, 'خروج')
    await store.buy({ mobile, total: 12_000_000, coffees: 4 })
    await store.buy({ mobile, total: 3_450_000 })
    await store.buy({ mobile, total: 8_900_000, coffees: 3 })
    await tap(/سلام/)
    await both('account')
    await press(kiosk, 'خرج‌کردن اعتبار')
    for (const digit of '۵۰۰۰۰') await press(kiosk, digit)
    await both('redeem')
    await press(kiosk, 'گرفتن رمز')
    await kiosk.locator('[data-code]').waitFor()
    await both('redeem-code')
    await press(kiosk, 'پایان')
    await press(kiosk, 'نظر شما')
    await both('survey')
    await kiosk.locator('.survey-option').first().click()
    await both('comment')
    await press(kiosk, 'بازگشت')
    await press(kiosk, 'بازگشت')
    await press(kiosk, 'English')
    await kiosk.evaluate("document.documentElement.dataset.theme = 'dark'")
    await both('account-english-dark')
    await press(kiosk, 'Leave')
    await reads(kiosk, /Hold your card/)
    await take(kiosk, 'attract-english-dark')
    await press(kiosk, 'فارسی')
    await kiosk.evaluate("document.documentElement.dataset.theme = 'light'")
    await press(kiosk, 'کارکنان')
    await kiosk.locator('input').fill(store.pin)
    await press(kiosk, 'ورود')
    await reads(kiosk, /دستگاه‌ها/)
    await both('staff')
    await kiosk.context().close()

    const lane = await store.open('/lane/lane-1', wide)
    await lane.locator('.lane-receipts li').first().waitFor()
    await take(lane, 'lane-paid')
    await store.till.request({ op: 'sign-on', operator: 'زهرا' })
    await store.till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
    const lines = [{ product: 'coffee', quantity: 2, amount: 2_400_000 }]
    await store.till.request({ op: 'open', sale: { tillreceipt: 'R-9', total: 2_400_000, lines } }, { until: 'quote' })
    await lane.locator('.lane-prompt').waitFor()
    await press(lane, 'پذیرفت')
    await lane
      .getByText(/ثبت شد/)
      .first()
      .waitFor()
    await take(lane, 'lane')
    await lane.setViewportSize(narrow)
    await take(lane, 'lane-narrow')
    await lane.setViewportSize(wide)
    await press(lane, 'English')
    await lane.evaluate("document.documentElement.dataset.theme = 'dark'")
    await take(lane, 'lane-english-dark')
  } finally {
    await store.close()
  }
}
