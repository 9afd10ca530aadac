//! `strowger trunks`: the gateways and registrations of the running switch.

use super::Fault;
use super::calls::find;
use super::open_store;
use super::out::out;
use super::zone::Local;
use crate::call::TrunkStates;
use crate::config::Settings;
use crate::control::ControlAnswer;
use crate::control::Request;

pub(super) async fn run(settings: &Settings, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let answer = find::asked(store.as_ref(), Request::Trunks).await?;
    let states = match answer.ok_or_else(find::no_switch)? {
        ControlAnswer::Trunks { states } => states,
        ControlAnswer::Failed { message } => return Err(Fault::of(message)),
        ControlAnswer::Done
        | ControlAnswer::Calls { .. }
        | ControlAnswer::Refused { .. }
        | ControlAnswer::HungUp { .. }
        | ControlAnswer::Forgotten { .. } => return Err(find::unexpected()),
    };
    if json {
        out!("{}", serde_json::to_string_pretty(&states).map_err(Fault::of)?);
        return Ok(());
    }
    for line in table(&states, &Local::system()) {
        out!("{line}");
    }
    Ok(())
}

/// Returns the lines of the tables.
fn table(states: &TrunkStates, local: &Local) -> Vec<String> {
    let TrunkStates { gateways, registrations } = states;
    let row = |trunk: &str, state: &str, what: &str| format!("{trunk:<20}  {state:<12}  {what}");
    let mut lines = vec![row("trunk", "gateway is", "gateway")];
    if gateways.is_empty() {
        lines = vec!["no trunk has a gateway that is located".to_owned()];
    }
    lines.extend(
        gateways.iter().map(|own| row(own.trunk.as_str(), own.state.name(), own.gateway.as_str())),
    );
    if registrations.is_empty() {
        return lines;
    }
    lines.push(String::new());
    lines.push(row("trunk", "register was", "registrar"));
    for own in registrations {
        let status = own.status.map(|status| format!(" ({status})")).unwrap_or_default();
        let until = own.until.map_or("not registered".to_owned(), |until| {
            format!("registered until {}", local.show(until))
        });
        let what = format!("{}{status}, {until}", own.registrar);
        lines.push(row(own.trunk.as_str(), own.state.name(), &what));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::GatewayName;
    use crate::base::Wall;
    use crate::call::GatewayReport;
    use crate::call::GatewayState;
    use crate::call::RegisteredState;
    use crate::call::RegistrationReport;

    #[test]
    fn the_tables_show_what_takes_calls() {
        let at = |text: &str| text.parse::<Wall>().unwrap();
        let gateway = |host, state| GatewayReport {
            trunk: "carrier-a".parse().unwrap(),
            gateway: GatewayName::new("udp", host, 5060),
            state,
        };
        let registration = RegistrationReport {
            trunk: "carrier-b".parse().unwrap(),
            registrar: "sip:b.example".to_owned(),
            state: RegisteredState::Refused,
            status: Some(503),
            at: at("2026-05-04T15:00:00Z"),
            until: Some(at("2026-05-04T16:00:00Z")),
        };
        let gateways =
            vec![gateway("192.0.2.1", GatewayState::Up), gateway("192.0.2.2", GatewayState::Down)];
        let states = TrunkStates { gateways, registrations: vec![registration] };
        assert_eq!(
            table(&states, &Local::named("America/New_York"))[..6],
            [
                "trunk                 gateway is    gateway",
                "carrier-a             up            udp:192.0.2.1:5060",
                "carrier-a             down          udp:192.0.2.2:5060",
                "",
                "trunk                 register was  registrar",
                "carrier-b             refused       sip:b.example (503), registered until \
                 2026-05-04 12:00:00",
            ]
        );
        let none = TrunkStates { gateways: Vec::new(), registrations: Vec::new() };
        let lines = table(&none, &Local::named("UTC"));
        assert_eq!(lines, ["no trunk has a gateway that is located"]);
    }
}
