// Gives what a library draws without a name for screen readers one, by selector, as soon as it is drawn.
window.giveNames = (root, names) => {
  const give = () => {
    for (const [selector, name] of Object.entries(names)) {
      for (const element of root.querySelectorAll(`${selector}:not([aria-label])`)) {
        element.setAttribute('aria-label', name);
      }
    }
  };
  new MutationObserver(give).observe(root, { childList: true, subtree: true });
};
