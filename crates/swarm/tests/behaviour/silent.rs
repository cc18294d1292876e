use swarm::extension::Extension;

/// Says nothing and minds nothing.
#[derive(Debug)]
pub(crate) struct Silent;

impl Extension for Silent {
    fn name(&self) -> &'static str {
        "xx_silent"
    }
}
