/** Something is on its way. */
export function Busy({ label }: { label: string }) {
  return (
    <p class="busy" role="status">
      <span class="spinner" aria-hidden="true" />
      {label} …
    </p>
  );
}
