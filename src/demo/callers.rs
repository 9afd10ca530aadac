//! Simulated callers: they carry out their acts and report what failed.

use std::net::SocketAddr;
use std::time::Duration;

use super::Leg;
use super::phone_error::PhoneError;
use super::phones::Phones;
use super::scenes::Act;
use super::scenes::Scene;
use super::tone::CALLER_HZ;

/// Longest wait of a caller.
const PATIENCE: Duration = Duration::from_secs(25);
/// Length of the buyer's voice that a caller must hear.
const VOICE: Duration = Duration::from_millis(300);

/// Places a scene's call to `switch` and plays its acts to the end.
pub async fn play(phones: &Phones, switch: SocketAddr, scene: &Scene) -> Result<(), PhoneError> {
    let mut leg = phones.dial(switch, scene.number, scene.caller).await?;
    leg.answered(PATIENCE).await?;
    for act in scene.acts {
        carry_out(*act, &mut leg).await?;
    }
    leg.until_over(PATIENCE).await.map(drop)
}

async fn carry_out(act: Act, leg: &mut Leg) -> Result<(), PhoneError> {
    match act {
        Act::Hear(millis, keys) => {
            leg.hear_sound(Duration::from_millis(millis), PATIENCE).await?;
            leg.press(keys).await;
        }
        Act::StayConnected(hz, length) => {
            leg.hum(CALLER_HZ).await;
            leg.hear_tone(hz, VOICE, PATIENCE).await?;
            tokio::time::sleep(length).await;
            leg.hang_up().await;
        }
        Act::StayUntilHungUp(hz) => {
            leg.hum(CALLER_HZ).await;
            leg.hear_tone(hz, VOICE, PATIENCE).await?;
        }
        Act::GiveUp(after) => {
            leg.hear_sound(after, PATIENCE).await?;
            leg.hang_up().await;
        }
        Act::WaitForTheEnd => {}
    }
    Ok(())
}
