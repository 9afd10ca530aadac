// Sends a form to the switch that serves this script, with how the person filled it in:
// time_on_page in seconds, keystrokes, and engagement from 0 to 100.
// <script src="https://switch.example/in/KEY/form.js" data-form="#quote" defer></script>
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || !window.fetch || !window.URLSearchParams || !window.FormData) {
    return;
  }
  var url = script.src.replace(/\/form\.js(?:[?#].*)?$/, "");
  var selector = script.getAttribute("data-form") || "form";
  var begun = Date.now();
  var keystrokes = 0;
  var moves = 0;
  var visits = 0;
  var deepest = 0;

  function on(name, act) {
    document.addEventListener(name, act, { capture: true, passive: true });
  }
  on("keydown", function (event) {
    if (!event.repeat) {
      keystrokes += 1;
    }
  });
  on("pointermove", function () {
    moves += 1;
  });
  on("focusin", function () {
    visits += 1;
  });
  on("scroll", function () {
    var page = document.documentElement;
    var rest = page.scrollHeight - page.clientHeight;
    if (rest > 0) {
      deepest = Math.max(deepest, Math.min(1, page.scrollTop / rest));
    }
  });

  // 40 points for the depth of scrolling, 40 for moves of the pointer, 20 for fields visited.
  function engagement() {
    return Math.round(40 * deepest + 40 * Math.min(1, moves / 50) + 20 * Math.min(1, visits / 5));
  }

  function tell(form, name, detail) {
    form.dispatchEvent(new CustomEvent("strowger:" + name, { bubbles: true, detail: detail }));
  }

  // The next page is the form's own: only an address of the Web is followed.
  function next(form) {
    var field = form.querySelector("[name=redir_url],[name=returnurl],[name=thank_you_url]");
    return field && /^https?:\/\//i.test(field.value) ? field.value : null;
  }

  function send(form) {
    var body = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && !/^(redir_url|returnurl|thank_you_url)$/.test(name)) {
        body.append(name, value);
      }
    });
    body.set("time_on_page", String(Math.round((Date.now() - begun) / 1000)));
    body.set("keystrokes", String(keystrokes));
    body.set("engagement", String(engagement()));
    // A plain form needs no question to the server beforehand.
    return fetch(url, {
      method: "POST",
      body: body,
      headers: { Accept: "application/json" },
      credentials: "omit",
      keepalive: true
    }).then(function (answer) {
      return answer.json();
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.matches || !form.matches(selector)) {
      return;
    }
    event.preventDefault();
    if (form.getAttribute("data-strowger-sent")) {
      return;
    }
    form.setAttribute("data-strowger-sent", "1");
    send(form).then(
      function (answer) {
        tell(form, "answer", answer);
        if (answer.errors) {
          form.removeAttribute("data-strowger-sent");
          return;
        }
        var page = next(form);
        if (page) {
          window.location.assign(page);
        }
      },
      function (error) {
        form.removeAttribute("data-strowger-sent");
        tell(form, "failed", String(error));
      }
    );
  });
})();
