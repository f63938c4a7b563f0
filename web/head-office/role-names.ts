import type { Role } from '#protocol/head-office/roles.ts'
import type { Localised } from '#protocol/text.ts'

export const roleNames: Readonly<Record<Role, Localised>> = {
  administrator: { fa: 'مدیر سامانه', en: 'Administrator' },
  marketer: { fa: 'بازاریاب', en: 'Marketer' },
  'store-manager': { fa: 'مدیر فروشگاه', en: 'Store manager' },
  auditor: { fa: 'حسابرس', en: 'Auditor' },
  cashier: { fa: 'صندوق‌دار', en: 'Cashier' },
}
