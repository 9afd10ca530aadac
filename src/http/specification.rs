//! The OpenAPI 3.1 document, generated from the table of routes.

use axum::http::Method;
use axum::http::StatusCode;
use utoipa::openapi::ComponentsBuilder;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::InfoBuilder;
use utoipa::openapi::LicenseBuilder;
use utoipa::openapi::OpenApi;
use utoipa::openapi::OpenApiBuilder;
use utoipa::openapi::PathItem;
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::Required;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::security::HttpAuthScheme;
use utoipa::openapi::security::HttpBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::security::SecurityScheme;

use super::access::Who;
use super::change::KEY;
use super::openapi::Sheet;
use super::problem::ProblemDocument;
use super::route::Description;
use super::route::Route;
use super::schema::text;

/// Description of an idempotency key in the documents.
const KEY_ABOUT: &str = "Makes a retry safe: for a day (`[retention] idempotency_keys`), the same \
                         request with the same key is carried out once and gets the first \
                         response again.";

/// The name of the only security scheme.
const TOKEN: &str = "token";

/// Returns the document of a table.
pub(super) fn document(table: &[Route]) -> OpenApi {
    let mut sheet = Sheet::default();
    let paths = table.iter().fold(PathsBuilder::new(), |paths, route| {
        let operation = operation(route, &mut sheet);
        paths.path(template(route.path), PathItem::new(method(&route.method), operation))
    });
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token that `strowger token create` printed."))
        .build();
    let components = sheet
        .schemas
        .into_iter()
        .fold(ComponentsBuilder::new(), |all, (name, schema)| all.schema(name, schema))
        .security_scheme(TOKEN, SecurityScheme::Http(scheme));
    let license = LicenseBuilder::new()
        .name(env!("CARGO_PKG_LICENSE"))
        .identifier(Some(env!("CARGO_PKG_LICENSE")));
    let info = InfoBuilder::new()
        .title("Strowger")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(env!("CARGO_PKG_DESCRIPTION")))
        .license(Some(license.build()));
    let paths = paths.build();
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// Converts a path's template to OpenAPI's form.
pub(super) fn template(path: &str) -> String {
    path.replace("{*", "{")
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        Method::PATCH => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route, sheet: &mut Sheet) -> Operation {
    let Description { segments, query, body, replies } = (route.describe)(route, sheet);
    let faults = faults(route, query.is_some(), !segments.is_empty());
    let who = format!("{} Who may: {}.", route.about, route.who.words());
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .tag(tag(route.path))
        .description(Some(who))
        .request_body(body);
    for parameter in segments.into_iter().chain(query.unwrap_or_default()) {
        operation = operation.parameter(parameter);
    }
    let key = route.action.map(|_| (KEY, KEY_ABOUT));
    for (name, about) in route.headers.iter().copied().chain(key) {
        let header = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(text()));
        operation = operation.parameter(header);
    }
    for (status, reply) in replies {
        let reply = reply.build();
        let described = match reply.description.is_empty() {
            true => ResponseBuilder::from(reply).description(words(status)).build(),
            false => reply,
        };
        operation = operation.response(status.as_str(), described);
    }
    let problem = sheet.refer::<ProblemDocument>();
    for status in faults {
        let content = ContentBuilder::new().schema(Some(problem.clone())).build();
        let reply = ResponseBuilder::new()
            .description(words(status))
            .content("application/problem+json", content);
        operation = operation.response(status.as_str(), reply.build());
    }
    let none: [&str; 0] = [];
    let security = match route.who.wants_token() {
        true => SecurityRequirement::new(TOKEN, none),
        false => SecurityRequirement::default(),
    };
    operation.security(security).build()
}

/// Returns the error statuses that follow from a route's types, and those of its row.
pub(super) fn faults(route: &Route, query: bool, segments: bool) -> Vec<StatusCode> {
    let body = route.body_max > 0;
    let changes = route.action.is_some();
    let reads_headers = changes || !route.headers.is_empty();
    let may = [
        (query || segments || body || reads_headers, StatusCode::BAD_REQUEST),
        (route.who.wants_token(), StatusCode::UNAUTHORIZED),
        (route.who != Who::Public, StatusCode::FORBIDDEN),
        (segments, StatusCode::NOT_FOUND),
        (body, StatusCode::REQUEST_TIMEOUT),
        (true, StatusCode::PAYLOAD_TOO_LARGE),
        (body, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (changes, StatusCode::CONFLICT),
        (changes, StatusCode::UNPROCESSABLE_ENTITY),
        (changes, StatusCode::TOO_MANY_REQUESTS),
        (true, StatusCode::INTERNAL_SERVER_ERROR),
        (true, StatusCode::SERVICE_UNAVAILABLE),
    ];
    let own = route.faults.iter().filter_map(|status| StatusCode::from_u16(*status).ok());
    let by_types = may.into_iter().filter(|(may, _)| *may).map(|(_, status)| status);
    let mut all: Vec<StatusCode> = by_types.chain(own).collect();
    all.sort();
    all.dedup();
    all
}

fn words(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}

/// Returns the operation's id, such as `get_v1_calls_id_decision`.
fn operation_id(route: &Route) -> String {
    let parts = route.path.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    format!("{}_{}", route.method.as_str().to_lowercase(), parts.join("_"))
}

/// Returns the first word of a path after its version.
fn tag(path: &str) -> &str {
    let path = path.trim_start_matches("/v1").trim_start_matches('/');
    path.split(['/', '.']).next().unwrap_or_default()
}
