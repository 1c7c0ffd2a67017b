// Shows the document of this API; requests that are tried out carry the page's CSRF token.
const docs = document.getElementById("docs");
const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.schema,
  deepLinking: true,
  requestInterceptor: (request) => {
    if (token && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = token;
    }
    return request;
  },
});
