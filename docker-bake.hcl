# Both images for both architectures:
#   docker buildx bake                          build, and look at what would come out
#   TAG=1.2.3 IMAGE=registry.example/sluice docker buildx bake --push release
# Pushed images carry their bill of materials and their provenance.

variable "IMAGE" { default = "sluice" }
variable "TAG" { default = "dev" }

group "default" { targets = ["sluice", "simulator"] }
group "release" { targets = ["sluice"] }

target "common" {
  context    = "."
  dockerfile = "Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  attest     = ["type=sbom", "type=provenance,mode=max"]
}

target "sluice" {
  inherits = ["common"]
  target   = "sluice"
  tags     = ["${IMAGE}:${TAG}"]
}

target "simulator" {
  inherits = ["common"]
  target   = "simulator"
  tags     = ["${IMAGE}-simulator:${TAG}"]
}
