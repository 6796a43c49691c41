import { useAccount } from '../api/queries.ts';

/** What the role of an account allows (contract, "Roles"): the API decides, the page only offers no button in vain. */
export function useMayWrite(): boolean {
  const { data: account } = useAccount();
  return account?.role === 'admin' || account?.role === 'operator';
}

export function useIsAdmin(): boolean {
  return useAccount().data?.role === 'admin';
}
