import { createStore } from './store.ts';

/** In session storage alone: it ends with the tab, and no other site or tab has it. */
const STORAGE_NAME = 'switchyard.key';

export interface Session {
  /** Null: nobody is signed in. */
  key: string | null;
  /** Why a session has ended, for the one who signs in again. */
  notice: string | null;
}

export const session = createStore<Session>({ key: sessionStorage.getItem(STORAGE_NAME), notice: null });

export function signIn(key: string): void {
  sessionStorage.setItem(STORAGE_NAME, key);
  session.set({ key, notice: null });
}

export function signOut(notice: string | null): void {
  sessionStorage.removeItem(STORAGE_NAME);
  session.set({ key: null, notice });
}
