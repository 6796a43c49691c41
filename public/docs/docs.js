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
