import type { Words } from '../../shared/language.ts'

export const words = {
  title: { fa: 'ورود به دفتر مرکزی', en: 'Head office' },
  name: { fa: 'نام کاربری', en: 'User name' },
  password: { fa: 'گذرواژه', en: 'Password' },
  logIn: { fa: 'ورود', en: 'Log in' },
  freshTitle: { fa: 'گذرواژهٔ تازه', en: 'A new password' },
  freshLine: {
    fa: 'گذرواژه‌ای که دارید یک‌بارمصرف است. گذرواژهٔ خود را بسازید.',
    en: 'The password that you have is good once. Make your own.',
  },
  old: { fa: 'گذرواژهٔ یک‌بارمصرف', en: 'One-time password' },
  fresh: { fa: 'گذرواژهٔ تازه', en: 'New password' },
  freshHint: { fa: 'دست‌کم ۱۰ نویسه؛ یک جملهٔ کوتاه خوب است', en: 'At least 10 characters; a short sentence is good' },
  again: { fa: 'تکرار گذرواژهٔ تازه', en: 'The new password again' },
  different: { fa: 'دو گذرواژه یکی نیستند', en: 'The two are not the same' },
  save: { fa: 'ذخیره', en: 'Save' },
} as const satisfies Words
