import type { Words } from '../../shared/language.ts'

export const words = {
  line: { fa: 'چه کسانی وارد می‌شوند و چه می‌توانند بکنند', en: 'Who may log in, and what they may do' },
  add: { fa: 'کاربر تازه', en: 'New user' },
  name: { fa: 'نام کاربری', en: 'User name' },
  nameHint: { fa: 'حروف کوچک لاتین، عدد، نقطه و خط تیره', en: 'a–z, 0–9, dot and dash' },
  titleField: { fa: 'نام و سمت', en: 'Full name' },
  role: { fa: 'نقش', en: 'Role' },
  stores: { fa: 'فروشگاه‌ها', en: 'Stores' },
  storesHint: { fa: 'هیچ‌کدام: همهٔ فروشگاه‌ها', en: 'None: all stores' },
  all: { fa: 'همه', en: 'All' },
  lastLogin: { fa: 'آخرین ورود', en: 'Last login' },
  never: { fa: 'هرگز', en: 'Never' },
  oneTime: { fa: 'گذرواژهٔ یک‌بارمصرف', en: 'One-time password' },
  sessions: { fa: '{count} نشست باز', en: '{count} sessions' },
  edit: { fa: 'ویرایش', en: 'Edit' },
  save: { fa: 'ذخیره', en: 'Save' },
  newPassword: { fa: 'گذرواژهٔ تازه', en: 'New password' },
  remove: { fa: 'حذف', en: 'Remove' },
  removeLine: {
    fa: 'کاربر دیگر وارد نمی‌شود. آنچه کرده در رویدادنگاری می‌ماند.',
    en: 'The user can no longer log in. What the user did stays in the audit log.',
  },
  passwordTitle: { fa: 'گذرواژهٔ یک‌بارمصرف', en: 'One-time password' },
  passwordLine: {
    fa: 'تنها همین بار نشان داده می‌شود. به {name} بگویید؛ در نخستین ورود باید آن را عوض کند.',
    en: 'It is shown this once. Tell it to {name}, who must change it at the first login.',
  },
  roles: { fa: 'نقش‌ها', en: 'Roles' },
  may: { fa: 'می‌تواند', en: 'May ask for' },
} as const satisfies Words
