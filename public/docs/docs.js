// Swagger UI's own dark colours, whenever the system asks for dark.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

window.giveNames(document.getElementById('docs'), {
  '.close-modal': 'Close',
  '.examples-select-element': 'Example',
  'select.content-type': 'Media type',
});

// The key that is typed into the page stays in its memory: it is in no storage, and gone with the tab.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  // Nothing is sent anywhere but to this host.
  validatorUrl: null,
});
