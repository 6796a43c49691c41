export interface Line {
  name: string;
  /** A colour of tokens.css: `--accent`. */
  color: string;
  values: readonly (number | null)[];
  /** Drawn in steps: a balance does not glide. */
  isStepped?: boolean;
  /** Drawn across moments that have no value. */
  spansGaps?: boolean;
  /** Points alone. */
  isDotted?: boolean;
}
